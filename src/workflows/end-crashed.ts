import {
  ContinueAsNew,
  inWorkflowContext,
  isCancellation,
  TemporalFailure,
  upsertSearchAttributes,
} from "@temporalio/workflow";
import { STATUS_ATTRIBUTE } from "../plan/search-attributes.ts";
import { fail, readFailure } from "./failure-info.ts";
import type { RunState, StepState } from "./run-state.ts";
import { showProgress } from "./show-progress.ts";
import { setRunStatus } from "./track-status.ts";
import { noteNotTakenBack } from "./undo-log.ts";

/**
 * What a run must throw that ended before, or without, `endRun`: Temporal repeats the workflow task of any error that it does
 * not know, for ever. `run` is undefined where the arguments or the plan were refused.
 */
export function endCrashed(run: RunState | undefined, thrown: unknown): unknown {
  if (thrown instanceof ContinueAsNew || (run !== undefined && run.closedAtMs !== null)) return thrown;
  const isOurs = thrown instanceof TemporalFailure;
  const status = isCancellation(thrown) ? "cancelled" : "failed";
  const { code, message } = readFailure(thrown).error;
  const told = isOurs ? { code, message } : { code: "run/interpreter-failed", message: placeOfError(thrown) };
  if (run === undefined) upsertSearchAttributes({ [STATUS_ATTRIBUTE]: [status] });
  else close(run, status, told);
  return status === "cancelled" ? thrown : fail(told.code, told.message);
}

/**
 * Hears of errors only while there is a workflow. Where a workflow task is broken off, which takes too long, the SDK forgets the
 * run, and then lets happen what the task has left to happen: nobody can end the run, and an error that nobody hears of ends the
 * worker.
 */
export function whileThereIsOne(crash: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    if (inWorkflowContext()) crash(error);
  };
}

/** What was under way is left alone by the server now: nobody will know how it ended. */
function close(run: RunState, status: "failed" | "cancelled", error: { code: string; message: string }): void {
  const lost = [...run.steps.values()].filter(({ working, step }) => working > 0 && step.kind !== "group");
  for (const state of lost) state.status = "outcome-unknown";
  const acting = lost.filter(({ step }) => step.effect === "at-most-once");
  run.unfinished = acting.map(({ step }: StepState) => ({
    step: step.path,
    code: error.code,
    why: "the run ended while it was under way",
    todo: `look whether “${step.title}” took effect`,
  }));
  if (status === "failed") run.error = { ...error, step: null };
  noteNotTakenBack(run);
  run.closedAtMs = Date.now();
  setRunStatus(run, acting.length > 0 ? "outcome-unknown" : status);
  showProgress(run);
}

/** The message with the innermost place of our code, which is all that a report of the bug needs. */
function placeOfError(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const place = thrown.stack?.split("\n").find((line) => line.includes(" at "));
  return `${thrown.name}: ${thrown.message}${place === undefined ? "" : ` (${place.trim()})`}`;
}
