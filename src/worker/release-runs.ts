import type { Client } from "@temporalio/client";
import { TASK_QUEUE } from "../plan/messages.ts";
import { connectionOptionsOf } from "./connection-options.ts";
import type { WorkerConfig } from "./create-worker.ts";
import { type Looked, releaseWorkflowTask, wasLastWithDead } from "./release-workflow-task.ts";
import { isDeadHere } from "./worker-identity.ts";

/** Server's states of an activity that a worker has: started, told to cancel, told to pause. */
const HELD = new Set([2, 3, 5]);
const CONNECT_TIMEOUT_MS = 3000;
/** Looking closely at more runs than this would take longer than the timeouts that do the same. */
const MOST_RUNS = 300;
const RUNS_AT_ONCE = 20;

/**
 * Gives back what dead workers of this machine held, known by their names at the server (`worker-identity.ts`): fails their
 * activities (retryable, at once) and workflow tasks, and resets the sticky queues of the runs that they had. So the next worker
 * goes on now instead of after heartbeat, task and sticky timeouts. `first`: runs that are known to be hit. Best effort: what is
 * not given back times out.
 */
export async function releaseRuns(config: WorkerConfig, first: Iterable<string> = []): Promise<void> {
  await withClient(config, async (client) => {
    const seen = new Set<string>();
    const look = async (workflowId: string) => {
      if (seen.has(workflowId)) return;
      seen.add(workflowId);
      await releaseRun(client, workflowId);
    };
    await inParallel([...first], look);
    const query = `ExecutionStatus = 'Running' AND TaskQueue = '${config.taskQueue ?? TASK_QUEUE}'`;
    const open: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query })) {
      open.push(workflowId);
      if (open.length === MOST_RUNS) break;
    }
    await inParallel(open, look);
  });
}

async function releaseRun(client: Client, workflowId: string): Promise<void> {
  const { runId, raw, status } = await client.workflow.getHandle(workflowId).describe();
  if (status.name !== "RUNNING") return;
  const looked = { workflowId, runId, raw };
  const held = await Promise.allSettled([
    failActivities(client, looked),
    releaseWorkflowTask(client, looked, isDeadHere),
  ]);
  const isHit = held.some((one) => one.status === "rejected" || one.value);
  // Elsewhere the run would be replayed as a whole, though its worker has it in memory.
  if (!isHit && !(await wasLastWithDead(client, looked, isDeadHere).catch(() => true))) return;
  await client.workflowService.resetStickyTaskQueue({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
  });
}

/** Whether there were any. */
async function failActivities(client: Client, { workflowId, runId, raw }: Looked): Promise<boolean> {
  const held = (raw.pendingActivities ?? []).filter(
    ({ state, lastWorkerIdentity }) => HELD.has(Number(state)) && isDeadHere(lastWorkerIdentity),
  );
  if (held.length === 0) return false;
  const { ApplicationFailure } = await import("@temporalio/client");
  const failure = ApplicationFailure.create({
    type: "worker/died",
    message: "the worker died while this ran",
    nextRetryDelay: 1,
  });
  failure.stack = "";
  await Promise.allSettled(
    held.map(({ activityId }) =>
      client.activity.fail({ workflowId, runId, activityId: activityId as string }, failure),
    ),
  );
  return true;
}

async function inParallel(names: string[], work: (name: string) => Promise<void>): Promise<void> {
  while (names.length > 0) await Promise.allSettled(names.splice(0, RUNS_AT_ONCE).map(work));
}

async function withClient(config: WorkerConfig, work: (client: Client) => Promise<void>): Promise<void> {
  const { Client, Connection } = await import("@temporalio/client");
  const connection = await Connection.connect({
    address: config.address,
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...connectionOptionsOf(config.access ?? {}),
  }).catch(() => undefined);
  if (connection === undefined) return;
  try {
    await work(new Client({ connection, namespace: config.namespace }));
  } catch {
    // The timeouts do the same, later.
  } finally {
    await connection.close();
  }
}
