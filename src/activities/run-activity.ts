// Runs one handler as a Temporal activity: one attempt with its own timeout, heartbeats, retries counted truthfully and
// failures told as codes. This room imports plan, agents, tools, artifacts; one file a handler; `create-activities.ts`
// is the table of them. Start here.
import { ApplicationFailure, CancelledFailure, Context, type Info, log } from "@temporalio/activity";
import { findAnswer } from "../ledger/calls.ts";
import type { ActivityCall } from "../plan/activity.ts";
import type { SoFar } from "../plan/so-far.ts";
import { StepFailure } from "../plan/step-failure.ts";
import type { ActivityContext, ActivityHandler } from "./activity-context.ts";
import {
  cancelledOutcome,
  interrupted,
  postponedFailure,
  putOffFailure,
  toApplicationFailure,
} from "./activity-failure.ts";
import { type AttemptRecord, MAX_INTERRUPTIONS, readAttempts } from "./attempt-record.ts";
import { createContext } from "./create-context.ts";
import { Postponed } from "./postponed.ts";
import { toStepFailure } from "./to-step-failure.ts";
import { takeOver } from "./take-over.ts";
import type { WorkerResources } from "./worker-resources.ts";

/** A cancel reaches the handler with the answer to a heartbeat; the SDK lets one through every 700 ms. */
const HEARTBEAT_EVERY_MS = 350;
/** A handler that ignores its signal is left behind after this. */
const ABORT_GRACE_MS = 5000;

/**
 * Runs `handler` in the current activity. Throws `ApplicationFailure` whose `type` is a code of the catalogue, or
 * `CancelledFailure`.
 */
export async function runActivity<Call extends ActivityCall, Result>(
  handler: ActivityHandler<Call, Result>,
  call: Call,
  resources: WorkerResources,
): Promise<Result & { readonly attempts: number; readonly interrupted?: boolean }> {
  const activity = Context.current();
  const { attempt, isLocal } = activity.info;
  const last = isLocal ? undefined : (activity.info.heartbeatDetails as AttemptRecord | undefined);
  const before = isLocal
    ? { failures: attempt - 1 + (call.failuresBefore ?? 0), interruptions: 0, lastInterrupted: false }
    : readAttempts(attempt, last);

  const interruption = before.interruptions > 0 ? { interrupted: true } : {};
  const postponed = last?.postponed;
  let record: AttemptRecord = {
    failures: before.failures,
    attempt,
    phase: "started",
    progress: last?.progress,
    ...(postponed === undefined ? {} : { postponed }),
    ...(last?.paidUsd === undefined ? {} : { paidUsd: last.paidUsd }),
  };
  const beat = (next: Partial<AttemptRecord> = {}) => {
    record = { ...record, ...next };
    if (!isLocal) activity.heartbeat(record);
  };

  const timeout = new AbortController();
  /** The server has given this attempt up, and another one goes on for it. */
  const stale = new AbortController();
  const signals = [activity.cancellationSignal, timeout.signal, stale.signal, resources.breakOff];
  const signal = AbortSignal.any(signals.filter((one) => one !== undefined));
  let soFar: SoFar = {};
  let hasBegun = false;
  const context = createContext(call, resources, {
    signal,
    noteSoFar: (known) => (soFar = { ...soFar, ...known }),
    begin: () => (hasBegun = true),
    callId: callIdOf(activity.info),
    attempt: before.failures + 1,
    lastProgress: last?.progress,
    heartbeat: (progress) => beat(progress === undefined ? {} : { progress }),
    paid: (usd) => beat({ paidUsd: usd }),
    warn: (message) => log.warn(message),
    offTheClock: (work) => {
      clearTimeout(timer);
      return work().finally(() => (timer = startTimer()));
    },
  });

  const fail = (failure: StepFailure): ApplicationFailure => {
    const failures = before.failures + 1;
    beat({ failures, phase: "failed" });
    const { paidUsd } = record;
    return toApplicationFailure(failure, { call, failures, redact: context.redact, paidUsd, soFar, ...interruption });
  };

  const startTimer = () => setTimeout(() => timeout.abort(timedOut(call)), call.timeoutMs);
  let timer: NodeJS.Timeout | undefined;
  const stop = () => stale.abort(new Error("another attempt has taken over"));
  beat();
  const beating = setInterval(beatOr(stop, beat, activity.info.heartbeatTimeoutMs), HEARTBEAT_EVERY_MS);
  const claim = await takeOver({ key: call.idempotencyKey, attempt, stateDir: resources.stateDir, stop });
  timer = startTimer();
  try {
    if (!wasAnswered(call, before, context)) refuseRepetition(call, before, fail);
    const result = await settleAfterAbort(handler(call, context), signal);
    return { ...result, attempts: before.failures + 1, ...interruption };
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    if (activity.cancellationSignal.aborted) throw cancelledOutcome(activity.cancellationSignal.reason, soFar);
    if (resources.breakOff?.aborted) throw interrupted("worker/shutdown", "the worker stopped while this ran");
    if (stale.signal.aborted) throw interrupted("worker/stalled", "the worker was silent for too long while this ran");
    if (timeout.signal.aborted) throw fail(isUnknown(error) ? error : timedOut(call));
    if (error instanceof Postponed && isLocal) throw putOffFailure(error, before.failures);
    if (error instanceof Postponed) {
      beat({ phase: "postponed", postponed: (postponed ?? 0) + 1 });
      throw postponedFailure(error);
    }
    throw fail(toStepFailure(error, hasBegun));
  } finally {
    clearInterval(beating);
    clearTimeout(timer);
    claim.release();
  }
}

function callIdOf({ workflowExecution, activityId, scheduledTimestampMs }: Info): string {
  return `${workflowExecution?.runId}/${activityId}/${scheduledTimestampMs}`;
}

/**
 * Heartbeats; where the last one is so long ago that the server must have given the attempt up, as after a machine's sleep,
 * the attempt stops instead of acting on beside its successor.
 */
function beatOr(stop: () => void, beat: () => void, timeoutMs: number | undefined): () => void {
  let lastMs = Date.now();
  return () => {
    const now = Date.now();
    if (timeoutMs && now - lastMs > timeoutMs) stop();
    lastMs = now;
    beat();
  };
}

/** An earlier attempt had its answer, and did not live to tell: what is paid for is in the ledger, and is not asked again. */
function wasAnswered(
  { effect }: ActivityCall,
  { lastInterrupted }: { readonly lastInterrupted: boolean },
  { ledger, callId }: ActivityContext,
): boolean {
  if (!lastInterrupted || effect !== "at-most-once") return false;
  return Object.keys(findAnswer(ledger(), callId) ?? {}).length > 0;
}

function refuseRepetition(
  call: ActivityCall,
  before: { readonly interruptions: number; readonly lastInterrupted: boolean },
  fail: (failure: StepFailure) => ApplicationFailure,
): void {
  if (before.lastInterrupted && call.effect === "at-most-once") {
    throw fail(
      new StepFailure("step/outcome-unknown", "the worker died while this ran; nobody knows whether it took effect", {
        outcomeUnknown: true,
      }),
    );
  }
  if (before.interruptions > MAX_INTERRUPTIONS) {
    throw fail(
      new StepFailure("step/poison", `${before.interruptions} workers died or stopped while this ran; giving up`),
    );
  }
}

/** What a timeout has broken off may be more than the call itself would be. */
function isUnknown(error: unknown): error is StepFailure {
  return error instanceof StepFailure && error.outcomeUnknown;
}

function timedOut(call: ActivityCall): StepFailure {
  const seconds = call.timeoutMs / 1000;
  return call.effect === "at-most-once"
    ? new StepFailure(
        "step/outcome-unknown",
        `timed out after ${seconds} s and was stopped; it may have taken effect`,
        {
          outcomeUnknown: true,
          details: { cause: "step/timeout" },
        },
      )
    : new StepFailure("step/timeout", `timed out after ${seconds} s`, { retryable: true });
}

/** Waits for the handler; once the signal is up, only for a while longer. */
function settleAfterAbort<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    let grace: NodeJS.Timeout | undefined;
    const giveUp = () => {
      grace = setTimeout(() => reject(new CancelledFailure("ignored its signal")), ABORT_GRACE_MS);
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(grace);
      signal.removeEventListener("abort", giveUp);
    });
  });
}
