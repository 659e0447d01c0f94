// Workers on other machines take the steps of a queue: a command that follows a run there does not work itself.
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { readPollers } from "../../src/client/read-pollers.ts";
import { TASK_QUEUE } from "../../src/plan/messages.ts";
import { isAlive } from "../../src/system/is-alive.ts";
import { releaseRuns } from "../../src/worker/release-runs.ts";
import { beginCommand, runCommand, workerOf } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { isReplayed } from "../interpreter/replayed.ts";

const ELSEWHERE = "7@another-machine";
/** Server's kinds of a task queue: that of all, and that of one worker which has the run in memory. */
const [NORMAL, STICKY] = [1, 2];
const POLL_MS = 60_000;
const GATE = '## Gate\n```yaml step\napproval: { message: "Go?" }\n```\n';

/** Many commands, one after the other, on a machine that may do much else. */
const PATIENCE_MS = 90_000;
vi.setConfig({ testTimeout: 4 * PATIENCE_MS });

let project: TestProject;
beforeAll(async () => {
  project = await openProject({ "gate.md": GATE });
});
afterAll(() => project.close());

/** Takes steps from the queue, as far as the server can see. */
async function pollElsewhere(): Promise<() => Promise<void>> {
  const { client, target } = project.connected;
  const leave = new AbortController();
  const poll = () =>
    client.workflowService.pollActivityTaskQueue({
      namespace: target.namespace,
      taskQueue: { name: TASK_QUEUE },
      identity: ELSEWHERE,
    });
  const polling = client.withAbortSignal(leave.signal, () => client.withDeadline(Date.now() + POLL_MS, poll));
  const ended = polling.then(
    () => undefined,
    () => undefined,
  );
  const names = async () => (await readPollers(project.connected, TASK_QUEUE, "activities")).map((one) => one.identity);
  await expect.poll(names, { timeout: PATIENCE_MS }).toContain(ELSEWHERE);
  return () => {
    leave.abort();
    return ended;
  };
}

test("commands that look at a run or follow it do not work beside them, and those that follow say who does", async () => {
  const { address } = project.connected.target;
  const run = await project.start(GATE);
  await project.follow(run, "waiting");
  const watch = beginCommand(project.dir, "watch", run, "--address", address);
  await expect.poll(watch.stderr, { timeout: PATIENCE_MS }).toContain("waits for a person");
  expect(workerOf(watch), "nobody is seen elsewhere").toBeDefined();
  watch.child.kill("SIGINT");
  await watch.ended;
  const leave = await pollElsewhere();
  try {
    const there = beginCommand(project.dir, "watch", run, "--address", address);
    const other = beginCommand(project.dir, "run", "gate.md", "--address", address);
    for (const one of [there, other]) {
      await expect.poll(one.stderr, { timeout: PATIENCE_MS }).toContain("waits for a person");
      expect(workerOf(one), one.stderr()).toBeUndefined();
    }
    expect(other.stderr()).toContain(`Workers elsewhere take the steps (${ELSEWHERE})`);
    expect((await runCommand(project.dir, "approve", run, "--address", address)).code).toBe(0);
    expect(await there.ended, there.stderr()).toBe(0);
    other.child.kill("SIGINT");
    expect(await other.ended, other.stderr()).toBe(130);
  } finally {
    await leave();
  }
});

test("a run is taken from the memory of its worker only where that is dead", async () => {
  const { connected, dir, worker } = project;
  const { address, namespace } = connected.target;
  const voteAfterRelease = async (before: () => unknown): Promise<unknown> => {
    const run = await project.start(GATE);
    await project.follow(run, "waiting");
    await before();
    await releaseRuns({ address, namespace, projectDir: dir, stateDir: `${dir}/.aiworkflow` });
    const handle = connected.client.workflow.getHandle(run);
    await handle.signal("approve", { by: "ann" });
    expect(await project.follow(run)).toMatchObject({ status: "completed" });
    const { events = [] } = await handle.fetchHistory();
    const told = events?.findIndex((event) => event.workflowExecutionSignaledEventAttributes != null) ?? 0;
    const next = events?.slice(told).find((event) => event.workflowTaskScheduledEventAttributes != null);
    return next?.workflowTaskScheduledEventAttributes?.taskQueue?.kind;
  };
  // A worker that replays each run at every turn has none in its memory.
  if (!isReplayed) expect(await voteAfterRelease(() => undefined)).toBe(STICKY);
  const { pid } = worker;
  const kill = () => {
    process.kill(pid, "SIGKILL");
    return expect.poll(() => isAlive(pid)).toBe(false);
  };
  expect(await voteAfterRelease(kill)).toBe(NORMAL);
});
