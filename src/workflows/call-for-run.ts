import { ActivityCancellationType, scheduleActivity } from "@temporalio/workflow";
import type { ActivityCall } from "../plan/activity.ts";
import { MAX_PAYLOAD_BYTES } from "../plan/limits.ts";
import { jsonBytes } from "../plan/text-size.ts";
import { fail } from "./failure-info.ts";
import type { RunState } from "./run-state.ts";

const TIMEOUT_MS = 60_000;
const HEARTBEAT_MS = 10_000;

/** Schedules an activity of the run itself, not of a step: always a read. Rejects with `ActivityFailure`. */
export function callForRun<Result>(
  run: Pick<RunState, "id" | "projectDir">,
  type: string,
  input: object,
  activityId: string = type,
): Promise<Result> {
  const call: ActivityCall = {
    idempotencyKey: `${run.id}/${activityId}`,
    stepPath: "",
    stepId: "",
    effect: "read",
    timeoutMs: TIMEOUT_MS,
    retry: { maxAttempts: 5, initialIntervalMs: 500, maxIntervalMs: 5000, backoff: 2 },
    projectDir: run.projectDir,
    env: {},
  };
  const bytes = jsonBytes(input);
  if (bytes > MAX_PAYLOAD_BYTES)
    throw fail(
      "step/input-too-large",
      `${activityId} would be given ${bytes} bytes; at most ${MAX_PAYLOAD_BYTES} can be`,
    );
  return scheduleActivity<Result>(type, [{ ...call, ...input }], {
    activityId,
    startToCloseTimeout: 2 * TIMEOUT_MS,
    heartbeatTimeout: HEARTBEAT_MS,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
}
