import type { RunningActivity } from "../activities/create-activities.ts";
import type { WorkerConfig } from "./create-worker.ts";

const CONNECT_TIMEOUT_MS = 3000;

/**
 * Gives a dead worker's activities back: fails each by id (retryable, at once) and resets the sticky queue of its run,
 * so that the next worker goes on now instead of after heartbeat and sticky timeouts. Best effort: both time out anyway.
 */
export async function releaseActivities(config: WorkerConfig, left: readonly RunningActivity[]): Promise<void> {
  if (left.length === 0) return;
  const { ApplicationFailure, Client, Connection } = await import("@temporalio/client");
  const connection = await Connection.connect({
    address: config.address,
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...(config.tls === undefined ? {} : { tls: config.tls }),
    ...(config.apiKey === undefined ? {} : { apiKey: config.apiKey }),
  }).catch(() => undefined);
  if (connection === undefined) return;
  try {
    const client = new Client({ connection, namespace: config.namespace });
    await Promise.allSettled(
      left.map(async (activity) => {
        const { workflowId, runId } = activity;
        const failure = ApplicationFailure.create({
          type: "worker/died",
          message: "the worker died while this ran",
          nextRetryDelay: 1,
        });
        failure.stack = "";
        await client.activity.fail(activity, failure);
        const execution = { workflowId, runId };
        await client.workflowService.resetStickyTaskQueue({ namespace: config.namespace, execution });
      }),
    );
  } finally {
    await connection.close();
  }
}
