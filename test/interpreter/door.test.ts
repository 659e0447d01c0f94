import { afterAll, beforeAll, expect, test } from "vitest";
import { loadWorkflow } from "../../src/bundle/load-workflow.ts";
import { controlRun } from "../../src/client/control-run.ts";
import { decide } from "../../src/client/decide.ts";
import { startRun } from "../../src/client/start-run.ts";
import { readArguments } from "../../src/history/read-arguments.ts";
import { CONTROL } from "../../src/plan/messages.ts";
import { startSupervisedWorker } from "../../src/worker/supervisor.ts";
import { LONG_MS } from "./replayed.ts";
import { openProject, type TestProject } from "./open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject({}, { "limit.historyCount.suggestContinueAsNew": 60 });
});
afterAll(() => project.close());

test("an update is taken while the run still fetches its plan; one that cannot be is refused with its code", async () => {
  const { dir, connected } = project;
  const stateDir = `${dir}/.aiworkflow`;
  project.write("large.md", `## One\n\`\`\`bash run\necho ${"x".repeat(60_000)} | wc -c\n\`\`\`\n`);
  const { plan, files } = loadWorkflow(`${dir}/large.md`);
  if (plan === undefined) throw new Error("does not compile");
  const { run } = await startRun(connected, {
    plan,
    files,
    inputs: {},
    projectDir: dir,
    stateDir,
    taskQueue: "late",
  });
  const handle = connected.client.workflow.getHandle(run);
  // Both stand in the first workflow task of the run: no worker has seen it yet.
  const pausing = handle.executeUpdate(CONTROL, { args: [{ action: "pause" }] });
  const skipping = handle
    .executeUpdate(CONTROL, { args: [{ action: "skip", step: "nowhere" }] })
    .catch((error) => error);
  const { address, namespace } = connected.target;
  const worker = startSupervisedWorker({ address, namespace, projectDir: dir, stateDir, taskQueue: "late" });
  try {
    expect(await pausing).toMatchObject({ run, status: "paused" });
    expect(await skipping).toMatchObject({ cause: { type: "control/unknown-step" } });
    await controlRun(connected, run, { action: "resume" });
    const report = await project.follow(run);
    expect(report).toMatchObject({ status: "completed", steps: [{ output: 60_001 }] });
  } finally {
    await worker.stop();
  }
});

test("of votes that come while a run changes its histories none is refused, and none counts twice", async () => {
  const voters = Array.from({ length: 80 }, (_, index) => `voter-${index}`);
  const run = await project.start("## Gate\n```yaml step\napproval: { message: Go?, min: 80 }\n```\n");
  await project.follow(run, "waiting");
  const queue = [...voters];
  const lane = async () => {
    for (let by = queue.shift(); by !== undefined; by = queue.shift())
      await decide(project.connected, { run, step: "gate", decision: "approve", by });
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  const report = await project.follow(run);
  expect(report.status).toBe("completed");
  expect(report.approvals[0]?.votes.map(({ by }) => by).sort()).toEqual([...voters].sort());
  expect(await project.executions(run)).toBeGreaterThan(2);
});

test(
  "a state that is too large for arguments goes through the store, with what comes meanwhile",
  async () => {
    const run = await project.start(
      "## Gate\n```yaml step\napproval: { message: Go? }\n```\n" +
        '## Each\n```yaml step\nrepeat: { max: 60 }\nwait-for: { signal: news }\n```\n## Last\n```yaml step\nset: { n: "${{ steps.each.output.n }}" }\n```\n',
    );
    await project.follow(run, "waiting");
    const handle = project.connected.client.workflow.getHandle(run);
    for (let n = 0; n < 60; n += 1) await handle.signal("news", { n, text: "é".repeat(20_000) });
    await decide(project.connected, { run, step: "gate", decision: "approve", by: "ann" });
    const report = await project.follow(run);
    expect(report).toMatchObject({ status: "completed", error: null });
    expect(report.steps.at(-1)?.output).toEqual({ n: 59 });
    const { carried } = (await readArguments(project.connected.client, run)) as { readonly carried?: unknown };
    expect(carried).toHaveProperty("pieces");
  },
  LONG_MS,
);
