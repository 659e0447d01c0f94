import { ActivityCancellationType, scheduleActivity } from "@temporalio/workflow";
import type { ActivityCall } from "../plan/activity.ts";
import { MAX_PAYLOAD_BYTES } from "../plan/limits.ts";
import { jsonBytes } from "../plan/text-size.ts";
import { fail } from "./failure-info.ts";
import type { RunState } from "./run-state.ts";

const TIMEOUT_MS = 60_000;
const HEARTBEAT_MS = 10_000;
const MOST_ATTEMPTS = 5;
/** About ten minutes. */
const MANY_ATTEMPTS = 120;

/** What of a run is needed to call an activity in its name. */
export type Caller = Pick<RunState, "id" | "projectDir"> & {
  /** How often it is tried. @default 5 */
  readonly maxAttempts?: number;
};

/** A caller that cannot do without the answer, however often the call fails. */
export function patient({ id, projectDir }: Caller): Caller {
  return { id, projectDir, maxAttempts: Number.MAX_SAFE_INTEGER };
}

/** A caller that does not give up because a store or a server is away for some minutes. */
export function stubborn({ id, projectDir }: Caller): Caller {
  return { id, projectDir, maxAttempts: MANY_ATTEMPTS };
}

/** Schedules an activity of the run itself, not of a step: always a read. Rejects with `ActivityFailure`. */
export function callForRun<Result>(
  run: Caller,
  type: string,
  input: object,
  activityId: string = type,
): Promise<Result> {
  const { maxAttempts = MOST_ATTEMPTS } = run;
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
