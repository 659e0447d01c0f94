import { patched, workflowInfo } from "@temporalio/workflow";
import type { RunState } from "./run-state.ts";

/** How much longer than the server suggests a history may become while a run is taken back. The server ends it at twelve times. */
const MOST_TIMES = 11;
/** The most that servers take, unless they are told otherwise, is 51,200 events and 50 MB. */
const MOST_EVENTS = 45_000;
/** What one undo may add: of the activity or child run itself, and of the workflow task that its end brings. */
const EVENTS_OF_UNDO = 6;

/**
 * True while the history can take in one more undo beside those that run. A run that fills it is ended by the server, without a word
 * and without `## Finally`. Older histories are replayed as they were.
 */
export function hasUndoRoom(run: RunState, running: number): boolean {
  const { continueAsNewSuggested, historyLength, historySize } = workflowInfo();
  if (continueAsNewSuggested) run.fullAt ??= { events: historyLength, bytes: historySize };
  const { events, bytes } = run.fullAt ?? { events: Infinity, bytes: Infinity };
  const willBe = historyLength + EVENTS_OF_UNDO * (running + 1);
  const isFull = willBe > Math.min(MOST_TIMES * events, MOST_EVENTS) || historySize > MOST_TIMES * bytes;
  return !isFull || !patched("undos-while-there-is-room");
}
