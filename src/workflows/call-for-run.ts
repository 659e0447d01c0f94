import { ActivityCancellationType, scheduleActivity } from "@temporalio/workflow";
import type { ActivityCall } from "../plan/activity.ts";
import { MAX_PAYLOAD_BYTES } from "../plan/limits.ts";
import { jsonBytes } from "../plan/text-size.ts";
import { fail } from "./failure-info.ts";
import type { RunState } from "./run-state.ts";

const TIMEOUT_MS = 60_000;
const HEARTBEAT_MS = 10_000;
const MOST_ATTEMPTS = 5;

/** What of a run is needed to call an activity in its name. */
export type Caller = Pick<RunState, "id" | "projectDir"> & {
  /** It cannot do without the answer, however often the call fails. @default false */
  readonly isPatient?: boolean;
};

/** Schedules an activity of the run itself, not of a step: always a read. Rejects with `ActivityFailure`. */
export function callForRun<Result>(
  run: Caller,
  type: string,
  input: object,
  activityId: string = type,
): Promise<Result> {
  const maxAttempts = run.isPatient === true ? Number.MAX_SAFE_INTEGER : MOST_ATTEMPTS;
  const call: ActivityCall = {
    idempotencyKey: `${run.id}/${activityId}`,
    stepPath: "",
    stepId: "",
    effect: "read",
    timeoutMs: TIMEOUT_MS,
    retry: { maxAttempts, initialIntervalMs: 500, maxIntervalMs: 5000, backoff: 2 },
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
