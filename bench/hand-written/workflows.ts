import {
  ActivityCancellationType,
  condition,
  defineQuery,
  defineUpdate,
  proxyLocalActivities,
  scheduleActivity,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";

/** What a careful person would write: explicit retries, timeouts, heartbeat, ids, summaries, and all that the activity needs. */
function step(id: string): Promise<unknown> {
  const call = {
    idempotencyKey: `${workflowInfo().workflowId}/${id}`,
    stepPath: id,
    stepId: id,
    effect: "read",
    timeoutMs: 300_000,
    retry: { maxAttempts: 3, initialIntervalMs: 1000, maxIntervalMs: 60_000, backoff: 2 },
    projectDir: "/",
    env: {},
    toolName: "bench",
    tool: { kind: "script", operations: { noop: {} } },
    operation: "noop",
    with: {},
  };
  return scheduleActivity("bench.noop", [call], {
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

const { "bench.noop": light } = proxyLocalActivities<{ "bench.noop"(): Promise<unknown> }>({
  startToCloseTimeout: 10_000,
});

/** `count` light steps, one after the other: the worker does each inside a workflow task. */
export async function localSequence(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await light();
}

/** `count` steps at once. */
export async function fanOut(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => step(`each[${index}]`)));
}

/** Waits for a person, as our runs do at an approval, and can be asked how it stands. */
export async function idle(): Promise<void> {
  let approved = false;
  setHandler(defineUpdate<void>("decide"), () => {
    approved = true;
  });
  setHandler(defineQuery<boolean>("report"), () => approved);
  await condition(() => approved);
}
