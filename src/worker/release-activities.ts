import { hostname } from "node:os";
import type { Client } from "@temporalio/client";
import type { RunningActivity } from "../activities/create-activities.ts";
import { TASK_QUEUE } from "../plan/messages.ts";
import { isAlive } from "../system/is-alive.ts";
import type { WorkerConfig } from "./create-worker.ts";

const CONNECT_TIMEOUT_MS = 3000;
/** Looking closely at more runs than this would take longer than their heartbeat timeouts. */
const MOST_RUNS = 300;
const RUNS_AT_ONCE = 20;

/**
 * Gives a dead worker's activities back: fails each by id (retryable, at once) and resets the sticky queue of its run,
 * so that the next worker goes on now instead of after heartbeat and sticky timeouts. Best effort: both time out anyway.
 */
export async function releaseActivities(config: WorkerConfig, left: readonly RunningActivity[]): Promise<void> {
  if (left.length === 0) return;
  await withClient(config, async (client) => {
    await Promise.allSettled(left.map((activity) => release(client, activity)));
  });
}

/**
 * The same for workers of this machine that died together with their supervisor: their names at the server have the pid
 * of a process that is gone. Best effort.
 */
export async function releaseDeadWorkers(config: WorkerConfig): Promise<void> {
  await withClient(config, async (client) => {
    const query = `ExecutionStatus = 'Running' AND TaskQueue = '${config.taskQueue ?? TASK_QUEUE}'`;
    const runs: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query })) {
      runs.push(workflowId);
      if (runs.length === MOST_RUNS) break;
    }
    const look = async (workflowId: string) => {
      const { runId, raw } = await client.workflow.getHandle(workflowId).describe();
      for (const { activityId, lastWorkerIdentity } of raw.pendingActivities ?? []) {
        if (activityId && isDeadHere(lastWorkerIdentity)) await release(client, { workflowId, runId, activityId });
      }
    };
    while (runs.length > 0) await Promise.allSettled(runs.splice(0, RUNS_AT_ONCE).map(look));
  });
}

/** True for `PID@HOST`, the SDK's name for a worker, where the process is gone from this machine. */
function isDeadHere(identity: string | null | undefined): boolean {
  const [, pid, host] = /^(\d+)@(.+)$/.exec(identity ?? "") ?? [];
  return pid !== undefined && host === hostname() && !isAlive(Number(pid));
}

async function release(client: Client, activity: RunningActivity): Promise<void> {
  const { ApplicationFailure } = await import("@temporalio/client");
  const { workflowId, runId } = activity;
  const failure = ApplicationFailure.create({
    type: "worker/died",
    message: "the worker died while this ran",
    nextRetryDelay: 1,
  });
  failure.stack = "";
  await client.activity.fail(activity, failure);
  await client.workflowService.resetStickyTaskQueue({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
  });
}

async function withClient(config: WorkerConfig, work: (client: Client) => Promise<void>): Promise<void> {
  const { Client, Connection } = await import("@temporalio/client");
  const connection = await Connection.connect({
    address: config.address,
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...(config.tls === undefined ? {} : { tls: config.tls }),
    ...(config.apiKey === undefined ? {} : { apiKey: config.apiKey }),
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
