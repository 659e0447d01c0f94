import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
} from "@temporalio/workflow";
import { ExpressionError } from "../expressions/expression-error.ts";
import type { SoFar } from "../plan/so-far.ts";
import { MAX_TEXT_CHARACTERS } from "../plan/limits.ts";
import type { Effect } from "../plan/plan.ts";
import { cutText } from "../plan/text-size.ts";
import type { Step } from "../plan/step.ts";
import type { FailureInfo, StepStatus } from "../plan/report.ts";

/** A step's failure in the words of the report. */
export interface Failed {
  readonly status: Extract<StepStatus, "failed" | "cancelled" | "outcome-unknown">;
  readonly error: FailureInfo;
  readonly attempts: number;
  /** An attempt was broken off, so the work had begun. */
  readonly interrupted?: boolean;
  /** Path of the step that it comes from, where that lies inside the one that failed. */
  readonly step?: string | null;
}

/** The end of a group, which has a failure of its steps for its own. */
export class BlockFailure extends Error {
  override readonly name = "BlockFailure";
  readonly failed: Failed;

  constructor(failed: Failed) {
    super(failed.error.message);
    this.failed = failed;
    this.stack = "";
  }
}

/** Attempts broken off by the end of their worker are repeated; one comes here only where the step had been told to stop. */
const BROKEN_OFF = new Set(["worker/died", "worker/stalled", "worker/shutdown"]);

/**
 * Reads whatever a step threw. Unknown errors keep their message under `step/internal-error`. `effect`: of the step, to
 * tell what a death while it was being stopped means.
 */
export function readFailure(thrown: unknown, effect: Effect = "idempotent"): Failed {
  if (thrown instanceof BlockFailure) return thrown.failed;
  const cause = thrown instanceof ActivityFailure || thrown instanceof ChildWorkflowFailure ? thrown.cause : thrown;
  if (cause instanceof CancelledFailure) return failed("cancelled", "step/cancelled", "cancelled");
  if (cause instanceof ExpressionError) return failed("failed", cause.code, cause.message);
  if (cause instanceof ApplicationFailure && BROKEN_OFF.has(cause.type ?? "")) return brokenOff(effect);
  if (cause instanceof TimeoutFailure && cause.timeoutType === "HEARTBEAT") return brokenOff(effect);
  if (cause instanceof TimeoutFailure) {
    return failed("failed", "step/timeout", `the server gave the step up (${cause.timeoutType ?? "timeout"})`);
  }
  if (cause instanceof ApplicationFailure) {
    const detail = cause.details?.[0] as
      | { attempts?: number; interrupted?: boolean; details?: FailureInfo["details"] }
      | undefined;
    const code = cause.type ?? "step/internal-error";
    return {
      status: code === "step/outcome-unknown" ? "outcome-unknown" : "failed",
      error: { code, message: cause.message, ...(detail?.details == null ? {} : { details: detail.details }) },
      attempts: detail?.attempts ?? 1,
      ...(detail?.interrupted === true ? { interrupted: true } : {}),
    };
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return failed("failed", "step/internal-error", message);
}

/** What an activity that failed or was cancelled has done all the same, where it says so. */
export function readSoFar(thrown: unknown): SoFar {
  const cause = thrown instanceof ActivityFailure ? thrown.cause : thrown;
  if (!(cause instanceof ApplicationFailure || cause instanceof CancelledFailure)) return {};
  return (cause.details?.[0] as SoFar | undefined) ?? {};
}

/** What a call has cost though it failed, US dollars. */
export function paidUsdOf(thrown: unknown): number | undefined {
  const cause = thrown instanceof ActivityFailure ? thrown.cause : undefined;
  const detail =
    cause instanceof ApplicationFailure ? (cause.details?.[0] as { paidUsd?: number } | undefined) : undefined;
  return detail?.paidUsd;
}

/** Nobody has confirmed that it stopped. */
function brokenOff(effect: Effect): Failed {
  if (effect !== "at-most-once")
    return failed("cancelled", "step/cancelled", "cancelled, and its worker died meanwhile");
  const why = "the worker died while this was being cancelled; nobody knows whether it took effect";
  return failed("outcome-unknown", "step/outcome-unknown", why);
}

/** An expression that fails is a fault of the file: its message says where in the file its step stands. */
export function placeFailure({ source }: Step, failed: Failed): Failed {
  const { error, step } = failed;
  if (step !== undefined || !error.code.startsWith("expression/")) return failed;
  return { ...failed, error: { ...error, message: `${source.file}:${source.line}: ${error.message}` } };
}

function failed(status: Failed["status"], code: string, message: string): Failed {
  return { status, error: { code, message }, attempts: 1 };
}

/** A failure that ends a step or the run for good: never retried by Temporal, no stack in the Web UI. */
export function fail(code: string, message: string, details?: FailureInfo["details"]): ApplicationFailure {
  const failure = ApplicationFailure.create({
    type: code,
    message: cutText(message, MAX_TEXT_CHARACTERS),
    nonRetryable: true,
    ...(details === undefined ? {} : { details: [{ attempts: 1, details }] }),
  });
  failure.stack = "";
  return failure;
}
