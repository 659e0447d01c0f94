import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listRuns } from "../../src/client/list-runs.ts";
import { decide } from "../../src/client/decide.ts";
import { forkRun } from "../../src/client/fork-run.ts";
import { planFork } from "../../src/client/plan-fork.ts";
import { readWhatStands } from "../../src/client/read-what-stands.ts";
import { readStart } from "../../src/client/read-start.ts";
import { findPoint, rerunFrom } from "../../src/client/rerun-run.ts";
import { rollbackRun } from "../../src/client/rollback-run.ts";
import { stopRun } from "../../src/client/stop-run.ts";
import { listApprovals } from "../../src/client/list-approvals.ts";
import { RUNS_AGAIN } from "../../src/plan/messages.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import { openProject, type TestProject } from "./open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject({
    "child.md": "## Kid\n```bash run\necho kid >> again; sleep 30\n```\n",
    "asks.md": "## Kid\n```bash run\necho kid >> beside\n```\n## Gate\n```yaml step\napproval: { message: Go? }\n```\n",
  });
});
afterAll(() => project.close());

const script = (title: string, body: string, yaml = "effect: idempotent") =>
  `## ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const yaml = (title: string, text: string) => `## ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const lines = (file: string) => project.read(file).split("\n").slice(0, -1);
const rerun = async (run: string, step: string) => {
  const point = await findPoint(project.connected, run, step);
  await rerunFrom(project.connected, run, point);
  return point;
};

describe("rerun", () => {
  test("from a step on: results before it stay, the vote for it too, later votes are asked for again", async () => {
    const run = await project.start(
      script("A", "echo a >> votes; echo 1") +
        yaml("Before", "approval: { message: Before? }") +
        script("B", "echo b >> votes; [ -e fixed ]", "retry: { max-attempts: 1 }\neffect: idempotent") +
        yaml("After", "approval: { message: After? }") +
        script("C", "echo c >> votes"),
    );
    await project.follow(run, "waiting");
    await decide(project.connected, { run, step: "before", decision: "approve", by: "ann" });
    expect(await project.follow(run)).toMatchObject({ status: "failed", error: { step: "b" } });
    project.write("fixed", "");
    await rerun(run, "b");
    const waiting = await project.follow(run, "waiting");
    expect(waiting.steps.map(({ status }) => status)).toEqual([
      "completed",
      "completed",
      "completed",
      "waiting",
      "pending",
    ]);
    await decide(project.connected, { run, step: "after", decision: "approve", by: "ann" });
    expect((await project.follow(run)).status).toBe("completed");
    await rerun(run, "after");
    expect((await project.follow(run, "waiting")).approvals.at(-1)).toMatchObject({
      step: "after",
      status: "pending",
      votes: [],
    });
    await decide(project.connected, { run, step: "after", decision: "approve", by: "ben" });
    expect((await project.follow(run)).status).toBe("completed");
    expect(lines("votes")).toEqual(["a", "b", "b", "c", "c"]);
    // What the resets left behind, terminated, is no run that failed.
    const listed = async (status: "completed" | "failed") =>
      (await listRuns(project.connected, { statuses: [status] })).map((one) => one.run);
    await expect.poll(() => listed("completed"), { timeout: 10_000 }).toContain(run);
    expect(await listed("failed")).not.toContain(run);
  });

  test("names what runs beside it again, stops children, and says where there is nothing to begin with", async () => {
    const run = await project.start(
      yaml("Both", "group:") +
        script("Slow", "echo slow >> again; sleep 1", "effect: idempotent").replace("##", "###") +
        script("Quick", "echo quick >> again", "effect: idempotent").replace("##", "###") +
        script("Then", "echo then >> again", "effect: idempotent\nneeds: [quick]").replace("##", "###") +
        yaml("Call", "workflow: child.md"),
    );
    await project.reportWhen(run, ({ steps }) => steps.at(-1)?.childRun !== undefined);
    await expect.poll(() => lines("again").includes("kid"), { timeout: 10_000 }).toBe(true);
    const point = await findPoint(project.connected, run, "both.then");
    expect(point.again).toEqual(["both.slow"]);
    await rerunFrom(project.connected, run, point);
    await expect.poll(() => lines("again").filter((line) => line === "kid").length, { timeout: 10_000 }).toBe(2);
    expect(
      lines("again")
        .filter((line) => line !== "kid")
        .sort(),
    ).toEqual(["quick", "slow", "slow", "then", "then"]);
    await expect(findPoint(project.connected, run, "nothing")).rejects.toThrow();
    await project.connected.client.workflow.getHandle(run).cancel();
    expect((await project.follow(run)).status).toBe("cancelled");
  });
});

test("the idempotency key is the same over attempts and reruns, and another one in another run and item", async () => {
  const text =
    script(
      "Call",
      'echo "$AIWORKFLOW_KEY" >> keys; exit 1',
      "retry: { max-attempts: 3, initial-interval: 10ms }\neffect: idempotent",
    ) + script("Each", 'echo "$AIWORKFLOW_KEY" >> item-keys', "for-each: [1, 2]\nneeds: []\neffect: idempotent");
  const run = await project.start(text);
  expect(await project.follow(run)).toMatchObject({ status: "failed", error: { step: "call" } });
  await rerun(run, "call");
  expect((await project.follow(run)).status).toBe("failed");
  const keys = lines("keys");
  expect(keys).toHaveLength(6);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).not.toBe("");
  expect(new Set([...lines("item-keys"), ...keys]).size).toBe(3);
  expect((await project.run(text)).status).toBe("failed");
  expect(new Set(lines("keys")).size).toBe(2);
});

describe("rerun beside what is under way", () => {
  test("a child run that began before the point begins again, and its parent waits for that", async () => {
    const run = await project.start(
      yaml("Call", "needs: []\nworkflow: asks.md") +
        script("First", "echo first >> beside", "needs: []\neffect: idempotent") +
        script("Until", "while [ ! -e asked ]; do sleep 0.05; done", "needs: [first]\neffect: idempotent") +
        script("Work", "echo work >> beside; [ -e mended ]", "needs: [until]\nretry: { max-attempts: 1 }"),
    );
    await project.reportWhen(run, ({ steps }) => steps[0]?.status === "waiting");
    project.write("asked", "");
    expect((await project.follow(run)).error).toMatchObject({ step: "work" });
    project.write("mended", "");
    await expect(rerun(`${run}.call`, "gate")).resolves.toMatchObject({ step: "gate" });
    expect((await rerun(run, "work")).again.toSorted()).toEqual(["call", "first", "until"]);
    await project.reportWhen(run, ({ status }) => status === "waiting");
    expect((await project.follow(`${run}.call`, "waiting")).approvals).toMatchObject([
      { status: "pending", votes: [] },
    ]);
    await expect(rerun(`${run}.call`, "gate")).rejects.toMatchObject({ diagnostics: [{ code: "run/parent-waits" }] });
    await decide(project.connected, { run: `${run}.call`, decision: "approve", by: "ann" });
    expect((await project.follow(run)).status).toBe("completed");
    expect(lines("beside").sort()).toEqual(["first", "first", "kid", "kid", "work", "work"]);
  });

  test("a question that was answered while another step ran is in the list meanwhile, and is asked again", async () => {
    const run = await project.start(
      script("Long", "while [ ! -e answered ]; do sleep 0.05; done", "needs: []\neffect: idempotent") +
        script("First", "true", "needs: []\neffect: idempotent") +
        yaml("Gate", "needs: [first]\napproval: { message: Go? }") +
        script("Then", "echo then >> gated", "needs: [gate]\neffect: idempotent"),
    );
    const open = async () =>
      (await listApprovals(project.connected)).approvals.filter((one) => one.run === run).map(({ step }) => step);
    await expect.poll(open, { timeout: 10_000 }).toEqual(["gate"]);
    await decide(project.connected, { run, step: "gate", decision: "approve", by: "ann" });
    await expect.poll(() => lines("gated"), { timeout: 10_000 }).toEqual(["then"]);
    project.write("answered", "");
    expect((await project.follow(run)).status).toBe("completed");
    expect((await rerun(run, "gate")).step).toBe("gate");
    expect((await project.follow(run, "waiting")).approvals).toMatchObject([{ status: "pending", votes: [] }]);
    await decide(project.connected, { run, decision: "approve", by: "ben" });
    expect((await project.follow(run)).status).toBe("completed");
    expect(lines("gated")).toEqual(["then", "then"]);
  });

  test("whoever follows the run meanwhile goes on with its next execution", async () => {
    const run = await project.start(script("A", "echo a >> followed") + yaml("Gate", "approval: { message: Go? }"));
    await project.follow(run, "waiting");
    const point = await findPoint(project.connected, run, "gate");
    await stopRun(project.connected, run, `${RUNS_AGAIN} gate`);
    const followed = project.follow(run);
    await rerunFrom(project.connected, run, point);
    await project.follow(run, "waiting");
    await decide(project.connected, { run, decision: "approve", by: "ann" });
    expect((await followed).status).toBe("completed");
    expect(lines("followed")).toEqual(["a"]);
  });
});

describe("fork", () => {
  const text = (b: string, c = "echo c >> forks") =>
    '---\ninputs: { who: { type: string, default: ann }, other: { type: string, default: x } }\noutputs: { b: "${{ steps.b.output }}" }\n---\n' +
    script("A", 'echo "a $who" >> forks; echo "$who"', 'with: { who: "${{ inputs.who }}" }') +
    script("B", b) +
    script("C", c);
  const fork = async (of: string, markdown: string, { from, inputs }: { from?: string; inputs?: JsonObject } = {}) => {
    const start = await readStart(project.connected, of, join(project.dir, ".aiworkflow", "artifacts"));
    const state = await readWhatStands(project.connected, of);
    const plan = project.plan(markdown);
    const full = (given: JsonObject) => ({ who: "ann", other: "x", ...given });
    const planned = planFork(
      { plan: start.plan, inputs: full(start.inputs), state },
      { plan, inputs: full(inputs ?? start.inputs), from },
    );
    const { run } = await forkRun(project.connected, {
      of,
      plan,
      inputs: inputs ?? start.inputs,
      state,
      reused: planned.reused,
      projectDir: project.dir,
      files: new Map(),
      storeDir: join(project.dir, ".aiworkflow", "artifacts"),
    });
    return { planned, report: await project.follow(run) };
  };

  test("takes over what is the same, runs what has changed and what comes after, says which effects repeat", async () => {
    const run = await project.start(text("echo b >> forks; echo old"));
    expect((await project.follow(run)).status).toBe("completed");
    const { planned, report } = await fork(run, text("echo B >> forks; echo new"));
    expect(planned.reused).toEqual(["a"]);
    expect(planned.again).toMatchObject([
      { id: "b", why: "its definition has changed", repeatsEffect: true },
      { id: "c", why: "it needs b", repeatsEffect: true },
    ]);
    expect(report).toMatchObject({ status: "completed", outputs: { b: "new" } });
    expect(report.steps.map(({ output }) => output)).toEqual(["ann", "new", ""]);
    expect(lines("forks")).toEqual(["a ann", "b", "c", "B", "c"]);
  });

  const paying = (front: string) =>
    `---\n${front}\n---\n` +
    script("Look", "echo look >> paid", "effect: read") +
    script("Pay", "echo pay >> paid", "undo: { run: echo refund >> paid }") +
    script("Ship", "echo ship >> paid; [ -e shipped ]", "effect: idempotent\nretry: { max-attempts: 1 }");

  test.each([
    ["by the run itself", "on-failure: rollback", "compensated"],
    ["by a rollback of it", "name: w", "failed"],
  ])("what was taken back %s is done again, and nothing builds on it", async (_, front, status) => {
    project.write("paid", "");
    const run = await project.start(paying(front));
    expect((await project.follow(run)).status).toBe(status);
    if (status === "failed") {
      const storeDir = join(project.dir, ".aiworkflow", "artifacts");
      const back = await rollbackRun(project.connected, run, { storeDir });
      expect((await project.follow(back.run)).status).toBe("compensated");
    }
    expect(lines("paid")).toEqual(["look", "pay", "ship", "refund"]);
    await expect(rerun(run, "ship")).rejects.toMatchObject({
      diagnostics: [{ code: "run/taken-back", hint: expect.stringContaining("--from pay") }],
    });
    project.write("shipped", "");
    const { planned, report } = await fork(run, paying(front));
    expect(planned).toMatchObject({ reused: ["look"], again: [{ why: "it was taken back" }, { id: "ship" }] });
    expect(report.status).toBe("completed");
    await rerun(run, "pay");
    expect((await project.follow(run)).status).toBe("completed");
    expect(lines("paid")).toEqual(["look", "pay", "ship", "refund", "pay", "ship", "pay", "ship"]);
    rmSync(join(project.dir, "shipped"));
  });

  test("a changed input runs the steps that name it, and what needs them; --from runs what has not changed", async () => {
    project.write("forks", "");
    const run = await project.start(text("echo b >> forks; echo old"), { inputs: { who: "ben" } });
    await project.follow(run);
    expect((await fork(run, text("echo b >> forks; echo old"), { inputs: { who: "cid" } })).planned.reused).toEqual([]);
    expect(
      (await fork(run, text("echo b >> forks; echo old"), { inputs: { who: "ben", other: "y" } })).planned.reused,
    ).toEqual(["a", "b", "c"]);
    expect((await fork(run, text("echo b >> forks; echo old"), { from: "c" })).planned.reused).toEqual(["a", "b"]);
  });
});
