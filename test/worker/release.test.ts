// What a dead worker held is given back by the server's own rules: here nobody works but the test, in the name of dead workers.
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { releaseRuns } from "../../src/worker/release-runs.ts";
import { workerIdentity } from "../../src/worker/worker-identity.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

const dead = `${spawnSync("true").pid}${workerIdentity.slice(workerIdentity.indexOf("@"))}`;
/** Server's kind of a task queue that is one worker's own. */
const STICKY = 2;
/** The server would wait for a dead worker as long as this. */
const TIMEOUT_S = 300;

let project: TestProject;
beforeAll(async () => {
  project = await openProject({});
});
afterAll(() => project.close());

const namespaceOf = () => project.connected.target.namespace;

type Queue = { readonly name: string; readonly kind?: number; readonly normalName?: string };
const ownQueueOf = (name: string): Queue => ({ name: `${name}-own`, kind: STICKY, normalName: name });

/** The next workflow task of a queue; an empty one where there is none. */
function poll(taskQueue: Queue, identity: string, timeoutMs = 30_000) {
  const { client } = project.connected;
  const ask = () => client.workflowService.pollWorkflowTaskQueue({ namespace: namespaceOf(), taskQueue, identity });
  return client.withDeadline(Date.now() + timeoutMs, ask);
}

/** A run whose first workflow task `identity` has done: it has the run in memory now. */
async function openRun(taskQueue: string, identity: string) {
  const { client } = project.connected;
  const handle = await client.workflow.start("by-hand", {
    taskQueue,
    workflowId: `run-of-${taskQueue}`,
    workflowTaskTimeout: "120s",
  });
  const { taskToken } = await poll({ name: taskQueue }, identity);
  await client.workflowService.respondWorkflowTaskCompleted({
    namespace: namespaceOf(),
    taskToken,
    identity,
    stickyAttributes: {
      workerTaskQueue: ownQueueOf(taskQueue),
      scheduleToStartTimeout: { seconds: TIMEOUT_S as never },
    },
  });
  // The server gives an own queue nothing that nobody has polled for 10 s.
  await poll(ownQueueOf(taskQueue), identity, 2500);
  return handle;
}

function release(taskQueue: string): Promise<void> {
  const { connected, dir } = project;
  const { address, namespace } = connected.target;
  return releaseRuns({ address, namespace, taskQueue, projectDir: dir, stateDir: `${dir}/.aiworkflow` });
}

const typesOf = async (handle: Awaited<ReturnType<typeof openRun>>) =>
  ((await handle.fetchHistory()).events ?? []).flatMap((event) =>
    Object.keys(event).filter((key) => key.startsWith("workflowTask") && event[key as keyof typeof event] != null),
  );

test("a workflow task that waits in the own queue of a dead worker", async () => {
  const handle = await openRun("waits", dead);
  await handle.signal("go");
  await release("waits");
  const { taskToken, workflowExecution } = await poll({ name: "waits" }, workerIdentity);
  expect(workflowExecution?.workflowId).toBe("run-of-waits");
  expect(taskToken.length).toBeGreaterThan(0);
  expect(await typesOf(handle)).toContain("workflowTaskFailedEventAttributes");
  await handle.terminate();
});

test("not one that waits in the own queue of a living worker", async () => {
  const handle = await openRun("lives", workerIdentity);
  await handle.signal("go");
  await release("lives");
  const { raw } = await handle.describe();
  expect(Number(raw.pendingWorkflowTask?.state)).toBe(1);
  expect(await typesOf(handle)).not.toContain("workflowTaskFailedEventAttributes");
  await handle.terminate();
});

test("a workflow task that a dead worker has", async () => {
  const handle = await openRun("has", dead);
  await handle.signal("go");
  await poll(ownQueueOf("has"), dead);
  await release("has");
  expect((await poll({ name: "has" }, workerIdentity)).workflowExecution?.workflowId).toBe("run-of-has");
  await handle.terminate();
});
