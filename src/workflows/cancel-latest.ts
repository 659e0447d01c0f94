import { CancellationScope, getExternalWorkflowHandle, patched } from "@temporalio/workflow";
import type { RunState } from "./run-state.ts";

/** The server takes 2,000 requests at once, with those that it was sent for the first histories of all children. */
const MOST_AT_ONCE = 50;

/** A child run that has started. */
export interface Cancellable {
  readonly id: string;
  /** In which it was started. */
  readonly scope: CancellationScope;
  /** Until it has ended: who has its id later is left alone. */
  isOpen(): boolean;
  /** Name of the patch from which on it is asked by its id. */
  readonly since: string;
}

/** The server cancels the history that a child began with: one that has gone on in a new one is asked by its id alone, as well. */
export function cancelLatest(run: RunState, { id, scope, isOpen, since }: Cancellable): void {
  const ask = async () => {
    if (!isOpen() || !patched(since)) return;
    const { cancelling } = run;
    if (cancelling.underWay >= MOST_AT_ONCE) await new Promise<void>((resolve) => cancelling.line.push(resolve));
    cancelling.underWay += 1;
    try {
      if (isOpen()) await getExternalWorkflowHandle(id).cancel();
    } finally {
      cancelling.underWay -= 1;
      cancelling.line.shift()?.();
    }
  };
  scope.cancelRequested
    .catch(() => CancellationScope.nonCancellable(ask))
    // It has ended by itself meanwhile.
    .catch(() => undefined);
}
