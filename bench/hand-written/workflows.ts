import { ActivityCancellationType, scheduleActivity } from "@temporalio/workflow";

/** What a careful person would write: explicit retries, timeouts, heartbeat, ids and summaries. */
function step(id: string): Promise<unknown> {
  return scheduleActivity("bench.noop", [{ with: {}, env: {}, stepPath: id, effect: "read" }], {
    activityId: id,
    summary: id,
    startToCloseTimeout: 315_000,
    heartbeatTimeout: 10_000,
    retry: { initialInterval: 100, backoffCoefficient: 2, maximumInterval: 10_000 },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
}

/** `count` steps, one after the other. */
export async function sequence(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await step(`step_${index}`);
}

/** `count` steps at once. */
export async function fanOut(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => step(`each[${index}]`)));
}
