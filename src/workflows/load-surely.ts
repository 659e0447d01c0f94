import { CancellationScope, patched } from "@temporalio/workflow";
import type { Caller } from "./call-for-run.ts";

/**
 * Loads what was done so far, without which nothing of it could be taken back: `load` is given a caller that tries for ever, and a
 * cancel waits for its end. Histories from before it waited are replayed as they were.
 */
export function loadSurely<T>(run: Caller, load: (run: Caller) => Promise<T>): Promise<T> {
  const around = CancellationScope.current();
  return CancellationScope.nonCancellable(async () => {
    const scope = new CancellationScope();
    let isLoading = true;
    around.cancelRequested.catch(() => {
      if (isLoading && !patched("cancel-after-load")) scope.cancel();
    });
    try {
      return await scope.run(() => load({ ...run, isPatient: true }));
    } finally {
      isLoading = false;
    }
  });
}
