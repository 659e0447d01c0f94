import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decide } from "../../src/client/decide.ts";
import { listApprovals } from "../../src/client/list-approvals.ts";
import type { RunReport } from "../../src/plan/report.ts";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "./open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject();
});
afterAll(() => project.close());

const gate = (approval = "message: Ship it?", after = "echo shipped") =>
  `## Ask\n\`\`\`yaml step\napproval: { ${approval} }\n\`\`\`\n## Ship\n\`\`\`bash run\n${after}\n\`\`\`\n\`\`\`yaml step\neffect: read\n\`\`\`\n`;
const waits = (run: string) => project.follow(run, "waiting");
const approve = (run: string, by?: string, step?: string) =>
  decide(project.connected, {
    run,
    decision: "approve",
    ...(by === undefined ? {} : { by }),
    ...(step === undefined ? {} : { step }),
  });

test("the step's output says who decided, when and why", async () => {
  const run = await project.start(gate("message: Ship it?, approvers: [ann]"));
  expect((await waits(run)).approvals).toMatchObject([
    { step: "ask", message: "Ship it?", status: "pending", approvers: ["ann"] },
  ]);
  const answer = await decide(project.connected, { run, decision: "approve", by: "ann", comment: "go" });
  expect(answer).toEqual({ run, step: "ask", decision: "approve", settled: true });
  const report = await project.follow(run);
  expect(report.steps[0]?.output).toMatchObject({
    decision: "approved",
    votes: [{ by: "ann", decision: "approve", comment: "go" }],
  });
  expect(report.steps[1]?.output).toBe("shipped");
});

test("a rejection fails the run unless the step goes on despite errors", async () => {
  const run = await project.start(gate());
  await waits(run);
  await decide(project.connected, { run, decision: "reject", by: "ann", comment: "not today" });
  const report = await project.follow(run);
  expect(report).toMatchObject({ status: "failed", error: { code: "approval/rejected", step: "ask" } });
  expect(report.error?.message).toContain("not today");
  expect(report.steps[1]?.status).toBe("pending");
});

test("a stranger, a second vote, a wrong step and a late vote are each refused with their code", async () => {
  const run = await project.start(gate("message: Two of us?, approvers: [ann, ben], min: 2"));
  await waits(run);
  await expect(approve(run, "eve")).rejects.toMatchObject({ diagnostics: [{ code: "approval/not-an-approver" }] });
  await expect(approve(run)).rejects.toMatchObject({ diagnostics: [{ code: "approval/not-an-approver" }] });
  await expect(approve(run, "ann", "ship")).rejects.toMatchObject({ diagnostics: [{ code: "approval/not-waiting" }] });
  expect(await approve(run, "ann")).toMatchObject({ settled: false });
  await expect(approve(run, "ann")).rejects.toMatchObject({ diagnostics: [{ code: "approval/already-voted" }] });
  expect(await approve(run, "ben")).toMatchObject({ settled: true });
  await project.follow(run);
  await expect(approve(run, "ann")).rejects.toMatchObject({ diagnostics: [{ code: "run/not-found" }] });
});

test("every state of a question in one report; what cannot count is refused by the commands with exit 4", async () => {
  const ask = (title: string, approval: string, more = "needs: []\ncontinue-on-error: true", level = "##") =>
    `${level} ${title}\n\`\`\`yaml step\napproval: { message: Go?, ${approval} }\n${more}\n\`\`\`\n`;
  const run = await project.start(
    ask("Two", "approvers: [ann, ben, cid], min: 2") +
      ask("No", "min: 1") +
      ask("Late", "expires: 200ms") +
      "## Either\n```yaml step\nneeds: []\ngroup: { join: any }\n```\n" +
      ask("Left", "min: 1", "id: left", "###") +
      ask("Right", "min: 1", "id: right", "###") +
      ask("Still", "min: 1"),
  );
  await project.reportWhen(run, ({ approvals }) => approvals.some(({ status }) => status === "expired"));
  const vote = (verb: string, step: string, by: string) => runCommand(project.dir, verb, run, step, "--as", by);
  expect((await vote("approve", "two", "ann")).code).toBe(0);
  const refused = await Promise.all(
    (
      [
        ["two", "eve", "approval/not-an-approver"],
        ["two", "ann", "approval/already-voted"],
        ["late", "ann", "approval/not-waiting"],
      ] as const
    ).map(async ([step, by, word]) => [await vote("approve", step, by), word] as const),
  );
  for (const [{ code, stderr }, word] of refused) {
    expect(stderr).toContain(word);
    expect(code).toBe(4);
  }
  await Promise.all([
    vote("approve", "two", "ben"),
    vote("reject", "no", "ann"),
    vote("approve", "either.left", "ann"),
  ]);
  const { stdout } = await runCommand(project.dir, "show", run, "--json");
  const { approvals, status } = JSON.parse(stdout) as RunReport;
  expect(Object.fromEntries(approvals.map((one) => [one.step, one.status]))).toEqual({
    two: "approved",
    no: "rejected",
    late: "expired",
    "either.left": "approved",
    "either.right": "cancelled",
    still: "pending",
  });
  expect(status).toBe("waiting");
  expect((await vote("approve", "two", "cid")).code).toBe(4);
  await project.connected.client.workflow.getHandle(run).cancel();
  expect((await project.follow(run)).approvals.at(-1)).toMatchObject({ step: "still", status: "cancelled" });
});

test("a question that nobody answers expires", async () => {
  const report = await project.run(gate("message: Quick?, expires: 300ms"));
  expect(report).toMatchObject({ status: "failed", error: { code: "approval/expired", step: "ask" } });
});

test("Temporal's own command line can approve by a plain signal", async () => {
  const run = await project.start(gate("message: Ship it?, approvers: [ann]"));
  await waits(run);
  const signal = (name: string, input: object) =>
    promisify(execFile)(
      process.env["AIWORKFLOW_TEMPORAL_CLI"] as string,
      [
        ["workflow", "signal", "--workflow-id", run, "--name", name, "--input", JSON.stringify(input)],
        ["--address", project.connected.target.address],
      ].flat(),
    );
  await signal("approve", { step: "ask", by: "eve" });
  expect((await project.reportWhen(run, () => true)).status).toBe("waiting");
  await signal("approve", { step: "ask", by: "ann" });
  expect((await project.follow(run)).status).toBe("completed");
});

test("a plain signal rejects, too: one no is a no", async () => {
  const run = await project.start(gate("message: Ship it?, approvers: [ann, ben], min: 2"));
  await waits(run);
  const handle = project.connected.client.workflow.getHandle(run);
  await handle.signal("approve", { step: "ask", by: "ann" });
  await handle.signal("reject", { step: "ask", by: "ben", comment: "not today" });
  const report = await project.follow(run);
  expect(report).toMatchObject({ status: "failed", error: { code: "approval/rejected", step: "ask" } });
  expect(report.error?.message).toContain("not today");
  expect(report.approvals).toMatchObject([{ status: "rejected", votes: [{ by: "ann" }, { by: "ben" }] }]);
});

test("a signal that comes before its question is kept for it", async () => {
  const run = await project.start(
    `## Rest\n\`\`\`yaml step\nwait: 1s\n\`\`\`\n${gate("message: Ship it?, approvers: [ann]")}`,
  );
  const handle = project.connected.client.workflow.getHandle(run);
  await handle.signal("approve", { step: "ask", by: "eve" });
  await handle.signal("approve", { step: "ask", by: "ann" });
  const report = await project.follow(run);
  expect(report.status).toBe("completed");
  expect(report.approvals).toMatchObject([{ status: "approved", votes: [{ by: "ann" }] }]);
});

test("a signal without sense changes nothing and harms nothing", async () => {
  const run = await project.start(gate("message: Ship it?, approvers: [ann]"));
  await waits(run);
  const handle = project.connected.client.workflow.getHandle(run);
  await handle.signal("approve");
  await handle.signal("approve", "nonsense");
  await handle.signal("approve", null);
  await handle.signal("reject", { step: 7, by: ["x"] });
  expect((await waits(run)).notices).toHaveLength(4);
  expect(await approve(run, "ann")).toMatchObject({ settled: true });
  expect((await project.follow(run)).status).toBe("completed");
});

test("questions of a for-each are asked side by side and answered each by its path", async () => {
  const run = await project.start(
    "## Ask\n```yaml step\nfor-each: \"${{ ['a', 'b'] }}\"\nmax-parallel: 2\napproval: { message: \"Ship ${{ item }}?\" }\n```\n",
  );
  await waits(run);
  expect((await listApprovals(project.connected)).approvals.filter((one) => one.run === run)).toMatchObject([
    { step: "ask[0]", message: "Ship a?" },
    { step: "ask[1]", message: "Ship b?" },
  ]);
  await expect(approve(run, "ann")).rejects.toMatchObject({ diagnostics: [{ code: "approval/which-step" }] });
  await approve(run, "ann", "ask[1]");
  await approve(run, "ann", "ask[0]");
  expect((await project.follow(run)).status).toBe("completed");
});

test("a cancelled run closes its question", async () => {
  const run = await project.start(gate());
  await waits(run);
  await project.connected.client.workflow.getHandle(run).cancel();
  const report = await project.follow(run);
  expect(report.status).toBe("cancelled");
  expect(report.approvals).toMatchObject([{ status: "cancelled" }]);
  expect(report.steps.map((step) => step.status)).toEqual(["cancelled", "pending"]);
});
