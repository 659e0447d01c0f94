import { CancellationScope, CancelledFailure, patched } from "@temporalio/workflow";
import { type Alarm, setAlarm } from "./alarm.ts";
import type { Invocation } from "./invocation.ts";
import { isHalted, SKIPPED, SUSPENDED } from "./run-state.ts";
import { beginWaiting, endWaiting } from "./track-status.ts";

/** A wait, and what ends it. */
export interface WaitOptions<T> {
  /** From the first time this wait is opened, also when the run has continued as new since; undefined: no end. */
  readonly durationMs: number | undefined;
  readonly summary: string;
  /** What a wait comes to whose time is over; may throw. */
  expired(): T;
  /** Called with what else may end it. */
  readonly open?: (settle: (value: T) => void) => void;
  /** Called where the run is begun again meanwhile, and its time with it: the questions of a first life are asked anew. */
  readonly begunAgain?: (dueMs: number) => void;
  /** Called when it ends, however. */
  readonly closed?: (error: unknown) => void;
}

/**
 * Waits for people, a signal or a timer; meanwhile the step is `waiting`. Rejects with `CancelledFailure`, `SKIPPED` or
 * `SUSPENDED`.
 */
export async function waitHere<T>(invocation: Invocation, options: WaitOptions<T>): Promise<T> {
  const { run, frame, state, path } = invocation;
  const { durationMs, summary, expired, open, closed, begunAgain } = options;
  // What stopped the block gave up the waits of that moment; nobody would give up this one. Older histories have waited here.
  if (isHalted(frame) && patched("no-wait-once-halted")) {
    const error = new CancelledFailure("another step failed");
    run.deadlines.delete(path);
    closed?.(error);
    throw error;
  }
  beginWaiting(run, state);
  try {
    return await new Promise<T>((resolve, reject) => {
      let isOpen = true;
      let alarm: Alarm | undefined;
      const close = (error: unknown) => {
        isOpen = false;
        run.waits.delete(path);
        if (error !== SUSPENDED) run.deadlines.delete(path);
        alarm?.cancel();
        closed?.(error);
      };
      const settle = (value: T) => {
        if (!isOpen) return;
        close(undefined);
        resolve(value);
      };
      const stop = (error: unknown) => {
        if (!isOpen) return;
        close(error);
        reject(error);
      };
      run.waits.set(path, { stop });
      CancellationScope.current().cancelRequested.catch(stop);
      if (durationMs !== undefined) {
        const dueMs = run.deadlines.get(path) ?? Date.now() + durationMs;
        run.deadlines.set(path, dueMs);
        const timeUp = () => {
          try {
            settle(expired());
          } catch (error) {
            stop(error);
          }
        };
        const renew = (anewMs: number) => {
          run.deadlines.set(path, anewMs);
          begunAgain?.(anewMs);
        };
        const mayRenew = open === undefined ? {} : { begunAgain: renew };
        alarm = setAlarm(run, { durationMs, dueMs, summary, ...mayRenew }, timeUp);
      }
      // An operator may have skipped it while the run went on to a new history.
      if (run.skips.delete(path)) stop(SKIPPED);
      else open?.(settle);
    });
  } finally {
    endWaiting(run, state);
  }
}
