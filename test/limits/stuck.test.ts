// Runs that nobody can go on with: said, and not waited for in silence.
import { resolve } from "node:path";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { afterAll, beforeAll, test } from "vitest";
import { readReport } from "../../src/client/read-report.ts";
import { startRun } from "../../src/client/start-run.ts";
import { startSupervisedWorker } from "../../src/worker/supervisor.ts";
import { beginCommand, runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

let project: TestProject;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger("ERROR") });
  project = await openProject({});
});
afterAll(() => project.close());

test.concurrent(
  "no worker on the queue: `show` and `watch` say so, and `watch` sees its end",
  { timeout: 180_000 },
  async ({ expect }) => {
    const { connected, dir } = project;
    const plan = project.plan("## One\n```bash run\ntrue\n```\n");
    const stateDir = `${dir}/.aiworkflow`;
    const request = {
      plan,
      files: new Map(),
      inputs: {},
      projectDir: dir,
      stateDir,
      taskQueue: "nobody",
      run: "lonely",
    };
    await startRun(connected, request);
    await expect(readReport(connected, "lonely")).rejects.toMatchObject({
      diagnostics: [{ code: "run/stuck", message: expect.stringContaining("“nobody”") }],
    });
    const watch = beginCommand(dir, "watch", "lonely", "--json");
    const shown = await runCommand(dir, "show", "lonely", "--json");
    expect(shown.code).toBe(1);
    expect(JSON.parse(shown.stdout)).toMatchObject({ error: { code: "run/stuck" } });
    await expect.poll(() => watch.stderr(), { timeout: 90_000 }).toContain("run/stuck: lonely cannot go on");
    expect(watch.stderr().match(/run\/stuck/g)).toHaveLength(1);
    await connected.client.workflow.getHandle("lonely").terminate();
    expect(await watch.ended).toBe(1);
  },
);

/** Starts a run on a queue that the workers of the project do not poll. */
async function startAlone(run: string, taskQueue = "nobody"): Promise<void> {
  const { connected, dir } = project;
  await startRun(connected, {
    plan: project.plan("## One\n```yaml step\napproval: { message: Go? }\n```\n"),
    files: new Map(),
    inputs: {},
    projectDir: dir,
    stateDir: `${dir}/.aiworkflow`,
    taskQueue,
    run,
  });
}

/** A worker of the project on another queue than its own. */
function startWorker(taskQueue: string) {
  const { connected, dir } = project;
  const { address, namespace } = connected.target;
  return startSupervisedWorker({ address, namespace, taskQueue, projectDir: dir, stateDir: `${dir}/.aiworkflow` });
}

test.concurrent(
  "no worker on the queue: `cancel` ends with its patience and `watch` with Ctrl-C, both say why",
  { timeout: 180_000 },
  async ({ expect }) => {
    await startAlone("forsaken");
    const watch = beginCommand(project.dir, "watch", "forsaken", "--json");
    await expect.poll(() => watch.stderr(), { timeout: 90_000 }).toContain("run/stuck: forsaken cannot go on");
    watch.child.kill("SIGINT");
    const pressedAt = performance.now();
    expect(await watch.ended).toBe(1);
    expect(performance.now() - pressedAt).toBeLessThan(30_000);
    expect(JSON.parse(watch.stdout())).toMatchObject({ error: { code: "run/stuck" } });
    const cancelledAt = performance.now();
    const cancelled = await runCommand(project.dir, "cancel", "forsaken", "--timeout", "2s", "--json");
    expect(performance.now() - cancelledAt).toBeLessThan(40_000);
    expect(cancelled.code).toBe(1);
    expect(JSON.parse(cancelled.stdout)).toMatchObject({ error: { code: "run/stuck" } });
  },
);

test.concurrent.for(["approve", "pause"])(
  "no worker on the queue: `%s` says so",
  { timeout: 180_000 },
  async (command, { expect }) => {
    const run = `lonely-${command}`;
    await startAlone(run);
    const { code, stdout } = await runCommand(project.dir, command, run, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: "run/stuck" },
      diagnostics: [{ message: expect.stringContaining("may still count") }],
    });
    expect(code).toBe(1);
  },
);

test.concurrent(
  "no worker on the queue any more: `terminate` does its work, and `show` says why the run cannot tell of itself",
  { timeout: 180_000 },
  async ({ expect }) => {
    const { dir } = project;
    const worker = startWorker("closed");
    await startAlone("left", "closed");
    await project.follow("left", "waiting");
    await worker.stop();
    const told = async (run: string) => {
      const { code, stdout } = await runCommand(dir, "show", run, "--json");
      const { error } = JSON.parse(stdout) as { error: { code: string; message: string } | null };
      return `${code} ${error?.code}: ${error?.message}`;
    };
    await expect.poll(() => told("left"), { timeout: 90_000 }).toContain("1 run/stuck: left cannot go on");
    const { code, stdout, stderr } = await runCommand(dir, "terminate", "left", "--json");
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ run: "left", status: "failed", running: null });
    expect(await told("left")).toContain("1 run/stuck: left has ended, but cannot tell of itself");
  },
);

test.concurrent(
  "terminated before it ever ran: nothing is to be taken back, and a fork does everything",
  { timeout: 180_000 },
  async ({ expect }) => {
    const { dir } = project;
    await startAlone("unborn", "late");
    expect((await runCommand(dir, "terminate", "unborn", "--json")).code).toBe(0);
    const worker = startWorker("late");
    await worker.ready;
    const rollback = await runCommand(dir, "rollback", "unborn", "--json");
    expect(JSON.parse(rollback.stdout)).toMatchObject({ error: { code: "run/nothing-to-undo" } });
    expect(rollback.code).toBe(4);
    const fork = await runCommand(dir, "fork", "unborn", "--dry-run", "--json");
    expect(JSON.parse(fork.stdout), fork.stderr).toMatchObject({ reused: [], again: [{ id: "one" }] });
    await worker.stop();
  },
);

test.concurrent("a workflow task that fails for ever: the reason is said", { timeout: 180_000 }, async ({ expect }) => {
  const { address, namespace } = project.connected.target;
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: "strangers",
    workflowsPath: resolve("test/interpreter/stranger-workflow.ts"),
  });
  await worker.runUntil(async () => {
    const handle = await project.connected.client.workflow.start("broken", {
      taskQueue: "strangers",
      workflowId: "broken",
    });
    const told = () => readReport(project.connected, "broken").catch((error: unknown) => JSON.stringify(error));
    await expect.poll(told, { timeout: 60_000 }).toContain("this version is broken");
    expect(await told()).toContain("run/stuck");
    await handle.terminate();
  });
  await connection.close();
});
