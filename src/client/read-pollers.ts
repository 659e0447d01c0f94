import { TASK_QUEUE } from "../plan/messages.ts";
import { isDeadHere, isElsewhere } from "../worker/worker-identity.ts";
import { type Connected, withDeadline } from "./connect-client.ts";

/** The numbers of kinds of tasks in Temporal's API of task queues. */
const KINDS = { workflows: 1, activities: 2 } as const;
/** A poll lasts a minute, and the next one follows; the server names those who are gone for minutes. */
const POLLED_WITHIN_MS = 75_000;

/** Who asks for tasks of a queue, or has done so in the last minutes. */
export async function readPollers(
  connected: Connected,
  taskQueue: string,
  kind: keyof typeof KINDS,
): Promise<readonly { readonly identity: string; readonly polledMs: number }[]> {
  const { client, target } = connected;
  const { pollers } = await withDeadline(connected, () =>
    client.workflowService.describeTaskQueue({
      namespace: target.namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: KINDS[kind],
    }),
  );
  return (pollers ?? []).map(({ identity, lastAccessTime }) => ({
    identity: identity ?? "",
    polledMs: Number(lastAccessTime?.seconds ?? 0) * 1000,
  }));
}

/** Names of the workers on other machines that take steps from the queue. */
export async function listWorkersElsewhere(connected: Connected, taskQueue = TASK_QUEUE): Promise<readonly string[]> {
  return (await listStepWorkers(connected, taskQueue)).filter(isElsewhere);
}

/** Names of the workers that take steps from the queue, as far as the server and this machine know. */
export async function listStepWorkers(connected: Connected, taskQueue: string): Promise<readonly string[]> {
  const since = Date.now() - POLLED_WITHIN_MS;
  const pollers = await readPollers(connected, taskQueue, "activities");
  const taking = pollers.filter(({ identity, polledMs }) => polledMs > since && !isDeadHere(identity));
  return [...new Set(taking.map(({ identity }) => identity))];
}
