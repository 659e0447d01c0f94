import { CancellationScope, condition, patched, sleep } from "@temporalio/workflow";
import { MAX_SUMMARY_BYTES } from "../plan/limits.ts";
import { cutToBytes } from "../plan/text-size.ts";
import type { RunState } from "./run-state.ts";

/** An alarm that rings so late may be one of a run's first life. */
export const LATE_MS = 2000;
/** For the signal to come that says so. */
export const SIGNAL_MS = 5000;

/** When it rings. */
export interface AlarmTime {
  readonly durationMs: number;
  /** Where it was set before: when it rings. @default so long from now on */
  readonly dueMs?: number | undefined;
  readonly summary: string;
  /**
   * The time counts from the moment at which the run is begun again at one of its steps, and this is told of it; absent: what has
   * passed has passed.
   */
  readonly begunAgain?: (dueMs: number) => void;
}

/** An alarm that is set. */
export interface Alarm {
  cancel(): void;
}

/**
 * Calls `ring` once the time is over. In a run that is begun again after it was, the alarm of its first life rings at once, before the
 * signal comes that says so. Histories from before this was heard are replayed as they were.
 */
export function setAlarm(
  run: RunState,
  { durationMs, summary, begunAgain, ...when }: AlarmTime,
  ring: () => void,
): Alarm {
  const scope = new CancellationScope();
  let dueMs = when.dueMs ?? Date.now() + durationMs;
  const beginAnew = () => {
    dueMs = Date.now() + durationMs;
    begunAgain?.(dueMs);
  };
  if (begunAgain !== undefined) run.alarms.add(beginAnew);
  const cancel = () => {
    run.alarms.delete(beginAnew);
    scope.cancel();
  };
  const end = () => {
    run.alarms.delete(beginAnew);
    ring();
  };
  const countDown = () => {
    const knownMs = dueMs;
    const isAnew = () => dueMs !== knownMs;
    const hear = () => {
      if (begunAgain === undefined || (!isAnew() && Date.now() <= knownMs + LATE_MS)) return end();
      if (!patched("alarms-begin-anew")) return end();
      if (isAnew()) return countDown();
      scope.run(() => condition(isAnew, SIGNAL_MS)).then((heard) => (heard ? countDown() : end()), ignore);
    };
    scope
      .run(() => sleep(Math.max(dueMs - Date.now(), 1), { summary: cutToBytes(summary, MAX_SUMMARY_BYTES) }))
      .then(hear, ignore);
  };
  countDown();
  return { cancel };
}

/** It was cancelled. */
function ignore(): void {}
