import { ApplicationFailure, CancelledFailure } from "@temporalio/activity";
import type { ActivityCall } from "../plan/activity.ts";
import type { PutOff } from "../plan/put-off.ts";
import type { SoFar } from "../plan/so-far.ts";
import type { JsonValue } from "../plan/json.ts";
import { MAX_TEXT_CHARACTERS } from "../plan/limits.ts";
import { cutText } from "../plan/text-size.ts";
import type { StepFailure } from "../plan/step-failure.ts";
import { redactValue } from "../tools/redact.ts";
import type { Postponed } from "./postponed.ts";
import { retryDelayMs } from "./retry-delay.ts";

/** What `ApplicationFailure.details[0]` of our activities holds. */
export interface FailureDetails extends SoFar {
  readonly attempts: number;
  /** An attempt was broken off, so the work had begun. */
  readonly interrupted?: boolean;
  readonly outcomeUnknown: boolean;
  readonly details: unknown;
  /** What the call has cost all the same. */
  readonly paidUsd?: number;
}

interface ToldFailure {
  readonly soFar: SoFar;
  readonly call: ActivityCall;
  readonly failures: number;
  readonly redact: (text: string) => string;
  readonly paidUsd: number | undefined;
  readonly interrupted?: boolean;
}

/** Tells a step's failure to Temporal: code as type, no stack, text redacted, retried only as the file says. */
export function toApplicationFailure(
  failure: StepFailure,
  { call, failures, redact, paidUsd, interrupted, soFar }: ToldFailure,
): ApplicationFailure {
  // An effect that may have happened is repeated only where the file calls repetition safe.
  const unknown = failure.outcomeUnknown && call.effect === "at-most-once";
  const details: FailureDetails = {
    attempts: failures,
    ...(interrupted === true ? { interrupted } : {}),
    outcomeUnknown: unknown,
    details: failure.details === undefined ? null : smallDetails(redactValue(failure.details, redact)),
    ...(paidUsd === undefined ? {} : { paidUsd }),
    ...soFar,
  };
  const nonRetryable = unknown || !failure.retryable || failures >= call.retry.maxAttempts;
  const applied = ApplicationFailure.create({
    type: unknown ? "step/outcome-unknown" : failure.code,
    message: cutText(redact(failure.message), MAX_TEXT_CHARACTERS),
    nonRetryable,
    details: [details],
    ...(nonRetryable
      ? {}
      : { nextRetryDelay: retryDelayMs(call.retry, { failures, retryAfterMs: failure.retryAfterMs }) }),
  });
  applied.stack = "";
  return applied;
}

/** The server cuts a large failure so that its code is lost; what is cut here keeps it. */
function smallDetails(details: JsonValue): unknown {
  const json = JSON.stringify(details);
  return json.length <= MAX_TEXT_CHARACTERS ? details : { cut: cutText(json, MAX_TEXT_CHARACTERS / 2) };
}

/** What an attempt ends with that was told to. */
export function cancelledOutcome(reason: unknown, soFar: SoFar): CancelledFailure {
  const word = reason instanceof Error ? reason.message : String(reason);
  return new CancelledFailure(word, Object.keys(soFar).length === 0 ? [] : [soFar]);
}

/** What an attempt ends with that did not fail but was broken off: the next one goes on at once. */
export function interrupted(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: false, nextRetryDelay: 50 });
}

/** How the workflow of a local activity is told: in there nobody waits, because every attempt counts. */
export function putOffFailure({ message, afterMs }: Postponed, failures: number): ApplicationFailure {
  const putOff: PutOff = { afterMs, failures };
  const failure = ApplicationFailure.create({ type: "step/postponed", message, nonRetryable: true, details: [putOff] });
  failure.stack = "";
  return failure;
}

/** What an attempt ends with that had not begun: another one goes on later. */
export function postponedFailure({ message, afterMs }: Postponed): ApplicationFailure {
  const failure = ApplicationFailure.create({ type: "step/postponed", message, nextRetryDelay: afterMs });
  failure.stack = "";
  return failure;
}
