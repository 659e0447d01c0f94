import { patched, upsertSearchAttributes, workflowInfo } from "@temporalio/workflow";
import { MAX_WAITING_CHARACTERS } from "../plan/limits.ts";
import type { RunStatus } from "../plan/report.ts";
import { STATUS_ATTRIBUTE, WAITING_ATTRIBUTE } from "../plan/search-attributes.ts";
import { tellChildren } from "./child-runs.ts";
import { releaseHeldCalls } from "./admit-call.ts";
import { hasChildren, isHistoryFull } from "./is-history-full.ts";
import { drainIfDue, PAUSED_GOES_ON, suspend } from "./drain.ts";
import { type RunState, type StepState, SUSPENDED } from "./run-state.ts";

/** An invocation begins to work. */
export function beginWork(run: RunState, state: StepState): void {
  if (state.startedAtMs === null) state.startedAtMs = Date.now();
  move(run, state, { working: 1, waiting: 0 });
}

/** An invocation has ended. */
export function endWork(run: RunState, state: StepState): void {
  move(run, state, { working: -1, waiting: 0 });
}

/** An invocation now waits for people or a timer; without a state it is the undo of a step. */
export function beginWaiting(run: RunState, state: StepState | undefined): void {
  move(run, state, { working: -1, waiting: 1 });
}

/** An invocation has what it waited for. */
export function endWaiting(run: RunState, state: StepState | undefined): void {
  move(run, state, { working: 1, waiting: -1 });
}

/** Sets the run's status where it differs, also for the server's list. */
export function setRunStatus(run: RunState, status: RunStatus): void {
  if (run.status === status) return;
  run.changes += 1;
  const idle = status === "waiting" || status === "paused";
  countWaited(run);
  run.waitingSinceMs = idle ? Date.now() : null;
  run.status = status;
  run.parent?.telling.update();
  // A part of a loop is no run of its own in lists of runs.
  const own = run.uplink === undefined ? { [STATUS_ATTRIBUTE]: [status] } : {};
  upsertSearchAttributes({ ...own, [WAITING_ATTRIBUTE]: waitingSteps(run) });
  run.uplink?.changed();
}

/** Counts what the run has waited up to now, also where it goes on waiting. */
export function countWaited(run: RunState): void {
  if (run.waitingSinceMs === null) return;
  run.waitedMs += Date.now() - run.waitingSinceMs;
  run.waitingSinceMs = Date.now();
}

/** Names a question in the server's list that is asked while the run does something else: no change of its status will. */
export function tellQuestion(run: RunState): void {
  if (run.working === 0) return;
  const tell = () => {
    // What is about to wait tells it then. Histories from before this was told are replayed as they were.
    if (run.working === 0 || run.status !== "running" || run.closedAtMs !== null || !patched("question-beside-work"))
      return;
    upsertSearchAttributes({ [WAITING_ATTRIBUTE]: waitingSteps(run) });
  };
  atEndOfTurn(run, tell);
}

/** The steps that wait for people; of very many the first, and how many more. */
function waitingSteps({ approvals }: RunState): string[] {
  const paths = [...approvals.values()].flatMap(({ status, path }) => (status === "pending" ? [path] : []));
  let left = MAX_WAITING_CHARACTERS;
  const end = paths.findIndex((path) => (left -= path.length + 10) < 0);
  return end < 0 ? paths : [...paths.slice(0, end), `… and ${paths.length - end} more`];
}

/** A run that only waits, or is paused, has to begin a new history, too, where messages have filled this one. */
export function drainIfFull(run: RunState): void {
  if (run.paused && workflowInfo().continueAsNewSuggested && patched(PAUSED_GOES_ON)) {
    if (isHistoryFull(run)) suspend(run);
  } else if (run.working === 0 && run.waiting > 0 && isHistoryFull(run)) settleStatus(run);
}

function move(
  run: RunState,
  state: StepState | undefined,
  by: { readonly working: number; readonly waiting: number },
): void {
  run.changes += 1;
  run.working += by.working;
  run.waiting += by.waiting;
  if (state !== undefined) {
    state.working += by.working;
    state.waiting += by.waiting;
    if (state.working > 0) state.status = "running";
    else if (state.waiting > 0) state.status = "waiting";
  }
  if (by.working < 0) releaseHeldCalls(run);
  if (run.working === 0 && (run.waiting > 0 || run.draining)) settleStatus(run);
  else if (run.status === "waiting") setRunStatus(run, "running");
}

/** Tells that nothing begins any more, or that it does again. */
export function setPaused(run: RunState, paused: boolean): void {
  run.paused = paused;
  for (const part of run.parts.values()) part.order(paused ? "pause" : "resume");
  if (!paused) run.heldByParent = false;
  tellChildren(run);
  setRunStatus(run, paused ? "paused" : run.working === 0 && run.waiting > 0 ? "waiting" : "running");
}

/**
 * Settles the status of a run that has nothing to do. It waits for the end of the present turn: between two items the count touches
 * zero without meaning anything.
 */
export function settleStatus(run: RunState): void {
  const settle = () => {
    if (run.working > 0 || run.closedAtMs !== null) return;
    drainIfDue(run);
    const waits = [...run.waits.values()];
    if (run.draining && !hasChildren(run)) for (const wait of waits) wait.stop(SUSPENDED);
    else if (run.waiting > 0 && !run.paused) setRunStatus(run, "waiting");
  };
  atEndOfTurn(run, settle);
}

/** Errors are caught inside: a task that is broken off here leaves no promise behind whose error nobody takes. */
function atEndOfTurn(run: RunState, work: () => void): void {
  void Promise.resolve().then(() => {
    try {
      work();
    } catch (error) {
      run.crash(error);
    }
  });
}
