import { patched, workflowInfo } from "@temporalio/workflow";
import type { RunState } from "./run-state.ts";

/** How much longer than the server suggests a history may become while a child runs. The server ends a run at twelve times. */
const PATIENCE = 6;
/** Rounds without an event do not fill a history, but a worker that replays it goes through them all. */
const LIGHT_STEPS_PER_HISTORY = 5000;

/**
 * True where the run should go on in a new history. A child does not outlive the history of its parent, so the run waits for
 * the end of its children first; while they run it goes on in this one, up to a limit from which on nothing begins any more.
 * What runs at the end of a run has no next part to begin in.
 */
export function isHistoryFull(run: RunState): boolean {
  if (run.ending) return false;
  if (run.lightSteps > LIGHT_STEPS_PER_HISTORY && !hasChildren(run)) return true;
  const { continueAsNewSuggested, historyLength, historySize } = workflowInfo();
  if (!continueAsNewSuggested) return false;
  run.fullAt ??= { events: historyLength, bytes: historySize };
  const { events, bytes } = run.fullAt;
  return historyLength > PATIENCE * events || historySize > PATIENCE * bytes || !hasChildren(run);
}

/** Child runs are under way, also those of parts of loops. Histories from before these counted are replayed as they were. */
export function hasChildren(run: RunState): boolean {
  if (run.children.size > 0) return true;
  return [...run.parts.values()].some(({ news }) => news.children === true) && patched("children-of-parts");
}
