import { CancellationScope, CancelledFailure, sleep } from "@temporalio/workflow";
import { fail } from "./failure-info.ts";

/** How long what cannot be done without is still tried after a cancel. */
export const GRACE_MS = 10 * 60_000;

/**
 * Does with the artifact store what a run cannot do without: a cancel does not break it off. `graceMs` is asked once it comes, and
 * says how much longer may be tried; undefined: for ever. After that, throws `ApplicationFailure` `artifact/missing`, or
 * `CancelledFailure` where no time was left.
 */
export function shield<T>(graceMs: () => number | undefined, work: () => Promise<T>): Promise<T> {
  const around = CancellationScope.current();
  return CancellationScope.nonCancellable(async () => {
    const scope = new CancellationScope();
    const clock = new CancellationScope();
    let isOpen = true;
    let isLate = false;
    let isGivenUp = false;
    const giveUp = async () => {
      const leftMs = isOpen ? graceMs() : undefined;
      if (leftMs === undefined) return;
      if (leftMs > 0) await clock.run(() => sleep(leftMs, { summary: "artifact store" }));
      isLate = leftMs > 0;
      isGivenUp = true;
      scope.cancel();
    };
    around.cancelRequested
      .catch(() => CancellationScope.nonCancellable(giveUp))
      // It was done in time.
      .catch(() => undefined);
    try {
      return await scope.run(work);
    } catch (error) {
      if (!isGivenUp) throw error;
      // Its last attempt may have failed as all others.
      if (!isLate) throw new CancelledFailure("cancelled");
      const minutes = GRACE_MS / 60_000;
      throw fail(
        "artifact/missing",
        `the artifact store could not be used for ${minutes} minutes after the cancel: nothing was taken back`,
      );
    } finally {
      isOpen = false;
      clock.cancel();
    }
  });
}
