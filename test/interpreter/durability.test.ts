import { resolve } from "node:path";
import { NativeConnection, Worker } from "@temporalio/worker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { isAlive } from "../../src/system/is-alive.ts";
import { openProject, type TestProject } from "./open-project.ts";
import { isReplayed } from "./replayed.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject({
    "replies.yaml": "ask: [hello, left over]\n",
  });
});
afterAll(() => project.close());

const step = (title: string, body: string, more = "effect: read") =>
  `## ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${more}\n\`\`\`\n`;
const lines = (file: string) => project.read(file).split("\n").slice(0, -1);

async function killWorkerWhen(ready: () => boolean): Promise<void> {
  await expect.poll(ready, { timeout: 20_000, interval: 20 }).toBe(true);
  process.kill(project.worker.pid, "SIGKILL");
}

/** Without a sticky queue a look at the run may go to the worker that has died, and comes back after its deadline. */
const SLEEP_S = isReplayed ? 15 : 1;

describe("a worker that dies", () => {
  test("costs no attempt: a step with one attempt runs again, ended ones do not", async () => {
    const run = await project.start(
      step("One", "echo one >> ledger") +
        step("Two", "echo two >> ledger") +
        step(
          "Three",
          `echo begin >> ledger; sleep ${SLEEP_S}; echo end >> ledger`,
          "effect: idempotent\nretry: { max-attempts: 1 }",
        ) +
        step("Four", "echo four >> ledger") +
        step("Five", "echo five >> ledger"),
    );
    await killWorkerWhen(() => lines("ledger").includes("begin"));
    const under = await project.reportWhen(run, ({ steps }) => steps[2]?.status === "running");
    expect(under.steps.map(({ status }) => status)).toEqual([
      "completed",
      "completed",
      "running",
      "pending",
      "pending",
    ]);
    const report = await project.follow(run);
    expect(report.status).toBe("completed");
    expect(lines("ledger")).toEqual(["one", "two", "begin", "begin", "end", "four", "five"]);
    expect(report.steps.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1, 1]);
  });

  test("costs no attempt in what is shown of a step under way either, and its key stays the same", async () => {
    const run = await project.start(step("Keyed", 'echo "$AIWORKFLOW_KEY" >> keys; sleep 2', "effect: idempotent"));
    await killWorkerWhen(() => lines("keys").length === 1);
    await expect.poll(() => lines("keys").length, { timeout: 20_000 }).toBe(2);
    const under = await project.reportWhen(run, ({ steps }) => steps[0]?.status === "running");
    expect(under.steps[0]?.attempts).toBe(1);
    expect(lines("keys")).toEqual([`${run}/keyed`, `${run}/keyed`]);
    expect((await project.follow(run)).status).toBe("completed");
  });

  test("leaves a step that must not repeat with its outcome unknown, and says so", async () => {
    const run = await project.start(
      step("Pay", "echo paid >> payments; sleep 5", "effect: at-most-once") + step("After", "touch after"),
    );
    await killWorkerWhen(() => lines("payments").length === 1);
    const report = await project.follow(run);
    expect(report).toMatchObject({ status: "outcome-unknown", error: { code: "step/outcome-unknown", step: "pay" } });
    expect(report.steps.map(({ status }) => status)).toEqual(["outcome-unknown", "pending"]);
    expect(lines("payments")).toEqual(["paid"]);
    expect(project.read("after")).toBe("");
  });

  test("in a for-each: items that had ended stay ended", async () => {
    const run = await project.start(
      "## Each\n```bash run\necho $item >> items; [ $item -lt 4 ] || sleep 1; echo $item\n```\n```yaml step\n" +
        'for-each: "${{ [1, 2, 3, 4, 5] }}"\nmax-parallel: 1\nwith: { item: "${{ item }}" }\neffect: idempotent\n```\n',
    );
    await killWorkerWhen(() => lines("items").includes("4"));
    const report = await project.follow(run);
    expect(report.steps[0]?.output).toEqual([1, 2, 3, 4, 5]);
    expect(lines("items")).toEqual(["1", "2", "3", "4", "4", "5"]);
  });

  test("while the run waits for people, loses neither the question nor an early vote", async () => {
    const run = await project.start(
      '## Ask\n```yaml step\napproval: { message: "Go?", approvers: [ann, ben], min: 2 }\n```\n' +
        step("Go", "echo gone"),
    );
    await project.follow(run, "waiting");
    const handle = project.connected.client.workflow.getHandle(run);
    await handle.signal("approve", { by: "ann" });
    process.kill(project.worker.pid, "SIGKILL");
    await handle.signal("approve", { by: "ben" });
    const report = await project.follow(run);
    expect(report.status).toBe("completed");
    expect(report.approvals[0]?.votes.map(({ by }) => by)).toEqual(["ann", "ben"]);
  });
});

describe("a cancel", () => {
  test("stops the running step within two seconds, and nothing begins after it", async () => {
    const run = await project.start(step("Long", "echo $$ > pid; sleep 60") + step("Next", "touch next"));
    await expect.poll(() => project.read("pid"), { timeout: 20_000 }).not.toBe("");
    const before = Date.now();
    await cancelRun(project.connected, run);
    const report = await project.follow(run);
    expect(Date.now() - before).toBeLessThan(5000);
    expect(report.status).toBe("cancelled");
    expect(report.steps.map(({ status }) => status)).toEqual(["cancelled", "pending"]);
    await expect.poll(() => isAlive(Number(project.read("pid"))), { timeout: 2000 }).toBe(false);
    expect(project.read("next")).toBe("");
  });

  test("before the first step has begun ends the run cancelled as well", async () => {
    const run = await project.start("## Rest\n```yaml step\nwait: 1h\n```\n");
    await cancelRun(project.connected, run);
    expect(await project.follow(run)).toMatchObject({ status: "cancelled", steps: [{ status: "cancelled" }] });
  });
});

describe("what cannot run fails clearly, at once", () => {
  const hello = step("One", "echo hi");

  test("a plan of a newer format", async () => {
    const report = await project.run(hello, { change: (plan) => ({ ...plan, format: 99 }) });
    expect(report).toMatchObject({ status: "failed", error: { code: "plan/newer-format" } });
  });

  test("a newer engine, and arguments that make no sense", async () => {
    const start = (args: unknown[]) =>
      project.connected.client.workflow.start("by-hand", {
        taskQueue: "aiworkflow",
        workflowId: `by-hand-${Math.random()}`,
        args,
      });
    const plan = project.plan(hello);
    const newer = await start([{ engine: 99, plan, inputs: {}, projectDir: project.dir }]);
    expect(await project.follow(newer.workflowId)).toMatchObject({
      status: "failed",
      error: { code: "run/newer-engine" },
    });
    for (const args of [
      [],
      ["nonsense"],
      [null],
      [{ engine: 1 }],
      [{ engine: 1, plan: {}, inputs: {}, projectDir: "" }],
    ]) {
      const bad = await start(args);
      const report = await project.follow(bad.workflowId);
      expect(report.status, JSON.stringify(args)).toBe("failed");
      expect(report.error?.code, JSON.stringify(args)).toMatch(/^(run\/bad-arguments|plan\/)/);
    }
  });

  test("a kind of step that this worker does not know", async () => {
    const report = await project.run(hello, {
      change: (plan) => ({ ...plan, steps: plan.steps.map((one) => ({ ...one, kind: "teleport" })) }) as never,
    });
    expect(report).toMatchObject({ status: "failed", error: { code: "step/unknown-kind", step: "one" } });
  });

  test("an activity that this worker does not know", async () => {
    const { address, namespace } = project.connected.target;
    const connection = await NativeConnection.connect({ address });
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: "strangers",
      workflowsPath: resolve("test/interpreter/stranger-workflow.ts"),
    });
    const asked = project.connected.client.workflow.execute("stranger", {
      taskQueue: "strangers",
      workflowId: "stranger",
    });
    const failure = await worker.runUntil(asked.catch((error: unknown) => error));
    await connection.close();
    expect(failure).toMatchObject({ cause: { cause: { type: "activity/unknown-type", nonRetryable: true } } });
  });
});

test("a reply that nobody asked for fails the run and names it", async () => {
  const report = await project.run(
    "---\nagent: a\nagents: { a: { kind: recorded, replies: replies.yaml } }\n---\n## Ask\nSay hello.\n",
  );
  expect(report.steps[0]).toMatchObject({ status: "completed", output: "hello" });
  expect(report).toMatchObject({ status: "failed", error: { code: "agent/left-over-reply", step: "ask" } });
});
