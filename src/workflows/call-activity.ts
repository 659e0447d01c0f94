import { ActivityCancellationType, scheduleActivity, scheduleLocalActivity, sleep } from "@temporalio/workflow";
import { MAX_SUMMARY_BYTES } from "../plan/limits.ts";
import { cutToBytes } from "../plan/text-size.ts";
import type { ActivityCall } from "../plan/activity.ts";
import { admitCall } from "./admit-call.ts";
import type { Invocation } from "./invocation.ts";
import type { RunState } from "./run-state.ts";

/** The executor enforces the step's timeout; the server's own is a backstop for an executor that hangs. */
const BACKSTOP_MS = 15_000;
/**
 * Server attempts are kept for deaths of workers, so there is no ceiling here; failures of the step are counted and
 * delayed by the activity itself.
 */
const RETRY = { initialInterval: 100, backoffCoefficient: 2, maximumInterval: 10_000 };
/** Local activities leave no mark until their workflow task ends; this many make one task. */
const LIGHT_STEPS_PER_TASK = 100;

/** What differs from the step's own call. */
export interface CallOptions {
  /** Appended to the step path: one activity id must never be pending twice. */
  readonly suffix?: string;
  readonly summary?: string;
  readonly effect?: ActivityCall["effect"];
  readonly timeoutMs?: number;
  /** Inside the workflow task, whatever the step says: only for what costs a few milliseconds and may be done again. */
  readonly local?: true;
}

/** Schedules an activity of a step. Rejects with `ActivityFailure`. */
export function callActivity<Result>(
  invocation: Invocation,
  type: string,
  input: object,
  options: CallOptions = {},
): Promise<Result> {
  const { run, step } = invocation;
  const activityId = options.suffix === undefined ? invocation.path : `${invocation.path}/${options.suffix}`;
  const timeoutMs = options.timeoutMs ?? step.timeoutMs;
  const call: ActivityCall = {
    idempotencyKey: `${run.keyId}/${activityId}`,
    stepPath: invocation.path,
    stepId: step.id,
    ...(invocation.index === undefined ? {} : { itemIndex: invocation.index }),
    effect: options.effect ?? step.effect,
    timeoutMs,
    retry: step.retry,
    projectDir: run.projectDir,
    ...(step.output === undefined ? {} : { output: step.output }),
    env: step.env,
    ...(run.plan.secrets.length === 0 ? {} : { secrets: run.plan.secrets }),
  };
  const args = [{ ...call, ...input }];
  const summary = cutToBytes(options.summary ?? invocation.title, MAX_SUMMARY_BYTES);
  if (step.local) return callLocal(run, type, args, { summary, timeoutMs, maxAttempts: step.retry.maxAttempts });
  if (options.local) return callLocal(run, type, args, { summary, timeoutMs });
  const schedule = () =>
    scheduleActivity<Result>(type, args, {
      activityId,
      summary,
      startToCloseTimeout: timeoutMs + BACKSTOP_MS,
      heartbeatTimeout: step.heartbeatMs,
      retry: RETRY,
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      ...(step.priority === undefined ? {} : { priority: { priorityKey: step.priority } }),
    });
  const turn = admitCall(run, activityId, args);
  return turn === undefined ? schedule() : turn.then(schedule);
}

function callLocal<Result>(
  run: RunState,
  type: string,
  args: unknown[],
  told: { readonly summary: string; readonly timeoutMs: number; readonly maxAttempts?: number },
): Promise<Result> {
  const call = () =>
    scheduleLocalActivity<Result>(type, args, {
      summary: told.summary,
      startToCloseTimeout: told.timeoutMs + BACKSTOP_MS,
      retry: told.maxAttempts === undefined ? RETRY : { ...RETRY, maximumAttempts: told.maxAttempts },
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    });
  run.lightSteps += 1;
  return run.lightSteps % LIGHT_STEPS_PER_TASK === 0 ? sleep(1).then(call) : call();
}
