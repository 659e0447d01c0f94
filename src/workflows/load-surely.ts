import { patched, workflowInfo } from "@temporalio/workflow";
import { type Caller, patient, stubborn } from "./call-for-run.ts";
import { GRACE_MS, shield } from "./shield.ts";

/**
 * Loads what was done so far, without which nothing of it could be taken back: `load` is given a caller that tries for ever, and a
 * cancel waits for its end, for a time. Histories from before it waited, or waited for ever, are replayed as they were.
 */
export function loadSurely<T>(run: Caller, load: (run: Caller) => Promise<T>): Promise<T> {
  const graceMs = () => {
    if (!patched("cancel-after-load")) return 0;
    return patched("cancel-bounds-load") ? GRACE_MS : undefined;
  };
  return shield(graceMs, () => load(patient(run)));
}

/** Loads the state that a fork or a rollback begins with: it has done nothing itself, and may be asked for again. */
export function loadForStart<T>(run: Caller, isRollback: boolean, load: (run: Caller) => Promise<T>): Promise<T> {
  const graceMs = () => (!patched("cancel-after-load") || patched("cancel-ends-start") ? 0 : undefined);
  return shield(graceMs, () => load(isRollback ? stubborn(run) : run));
}

/** True where an earlier history of this run may have done something. */
export function hasEarlierHistory(): boolean {
  return workflowInfo().continuedFromExecutionRunId !== undefined;
}
