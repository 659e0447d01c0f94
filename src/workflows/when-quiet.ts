import { allHandlersFinished, condition, patched } from "@temporalio/workflow";
import type { RunState } from "./run-state.ts";

/**
 * Resolves once no message is being handled and none is on its way to a part of a loop: what does not arrive there comes back, and
 * must not come back to a history that is over. Histories from before this was waited for are replayed as they were.
 */
export async function whenQuiet(run: RunState): Promise<void> {
  await condition(allHandlersFinished);
  if (run.handingOver > 0 && patched("handed-over-first")) await condition(() => run.handingOver === 0);
}
