import { CancellationScope, sleep } from "@temporalio/workflow";
import { MAX_SUMMARY_BYTES } from "../plan/limits.ts";
import { cutToBytes } from "../plan/text-size.ts";
import type { Invocation } from "./invocation.ts";
import { SKIPPED, SUSPENDED } from "./run-state.ts";
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
  /** Called when it ends, however. */
  readonly closed?: (error: unknown) => void;
}

/**
 * Waits for people, a signal or a timer; meanwhile the step is `waiting`. Rejects with `CancelledFailure`, `SKIPPED` or
 * `SUSPENDED`.
 */
export async function waitHere<T>(invocation: Invocation, options: WaitOptions<T>): Promise<T> {
  const { run, state, path } = invocation;
  const { durationMs, summary, expired, open, closed } = options;
  const timer = new CancellationScope();
  beginWaiting(run, state);
  try {
    return await new Promise<T>((resolve, reject) => {
      let isOpen = true;
      const close = (error: unknown) => {
        isOpen = false;
        run.waits.delete(path);
        if (error !== SUSPENDED) run.deadlines.delete(path);
        timer.cancel();
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
        const deadline = run.deadlines.get(path) ?? Date.now() + durationMs;
        run.deadlines.set(path, deadline);
        const timeUp = () => {
          try {
            settle(expired());
          } catch (error) {
            stop(error);
          }
        };
        timer
          .run(() => sleep(Math.max(deadline - Date.now(), 1), { summary: cutToBytes(summary, MAX_SUMMARY_BYTES) }))
          .then(timeUp, () => undefined);
      }
      // An operator may have skipped it while the run went on to a new history.
      if (run.skips.delete(path)) stop(SKIPPED);
      else open?.(settle);
    });
  } finally {
    endWaiting(run, state);
  }
}
