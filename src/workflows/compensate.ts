import { patched } from "@temporalio/workflow";
import type { UndoEntry } from "../plan/carried-state.ts";
import { releaseHeldCalls } from "./admit-call.ts";
import { placeFailure, readFailure } from "./failure-info.ts";
import type { Invocation } from "./invocation.ts";
import type { RunState, StepState } from "./run-state.ts";
import { isTakenBack } from "./undo-log.ts";
import { stepKindOf } from "./step-kinds/step-kinds.ts";
import { undoPart } from "./undo-part.ts";

/**
 * Undoes what the run has done, newest first; what was done side by side is undone side by side. A failing undo does not
 * stop the others. `to`: only from this savepoint or step on. Gives how many undos there were.
 */
export async function compensate(run: RunState, to: string | undefined): Promise<number> {
  const since = to === undefined ? 0 : momentOf(run, to);
  const entries = run.undoLog.filter(({ from, undone }) => from >= since && undone === undefined);
  mendBeginnings(entries);
  const blockers = countBlockers(entries);
  for (const entry of entries) run.undoing.set(entry, "pending");
  let left = entries.length;
  let undone = 0;
  await new Promise<void>((resolve, reject) => {
    const begin = (entry: UndoEntry) => {
      run.undoing.set(entry, "running");
      void undo(run, entry).then((hasUndone) => {
        run.undoing.delete(entry);
        left -= 1;
        if (hasUndone) undone += 1;
        if (left === 0) return resolve();
        for (const other of entries) {
          if (!waitsFor(other, entry)) continue;
          const open = (blockers.get(other) as number) - 1;
          blockers.set(other, open);
          if (open === 0) begin(other);
        }
      }, reject);
    };
    if (left === 0) resolve();
    for (const entry of entries.filter((one) => blockers.get(one) === 0)) begin(entry);
  });
  return undone;
}

/**
 * A block began before what lies inside of it. Earlier versions noted one anew where it went on in a new history: it would wait for
 * its steps, and they for it. Histories in which they do are replayed as they were.
 */
function mendBeginnings(entries: readonly UndoEntry[]): void {
  for (const entry of entries) {
    const inside = entries.filter((other) => other.from < entry.from && liesInside(other, entry));
    if (inside.length > 0 && patched("blocks-begin-first")) entry.from = Math.min(...inside.map(({ from }) => from));
  }
}

/** How many other entries have to be undone before each. */
function countBlockers(entries: readonly UndoEntry[]): Map<UndoEntry, number> {
  return new Map(entries.map((entry) => [entry, entries.filter((other) => waitsFor(entry, other)).length]));
}

/** The run's clock at a savepoint or at the beginning of a step; nothing is that late where it never began. */
function momentOf(run: RunState, name: string): number {
  const states = [...run.steps.values()];
  const state = states.find(({ step }) => step.savepoint === name) ?? states.find(({ step }) => step.id === name);
  return state?.beganAt ?? Infinity;
}

/** What began after the entry's step had ended, or lies inside of it, is undone before it. */
function waitsFor(entry: UndoEntry, other: UndoEntry): boolean {
  return (entry.to !== null && entry.to < other.from) || liesInside(other, entry);
}

function liesInside({ path: inner }: UndoEntry, { path }: UndoEntry): boolean {
  return inner.length > path.length && inner.startsWith(path) && ".[".includes(inner[path.length] as string);
}

/** False where there was nothing to be undone. */
async function undo(run: RunState, entry: UndoEntry): Promise<boolean> {
  if (entry.part !== undefined) return undoPart(run, entry, entry.part);
  const state = run.steps.get(entry.stepId) as StepState;
  const step = state.step.undo ?? state.step;
  const outcome = entry.outcome === "running" ? "unknown" : entry.outcome;
  const own = { output: entry.output, status: state.status, error: null, attempts: state.attempts };
  const invocation: Invocation = {
    run,
    isUndo: true,
    frame: { ...run.root, halted: false, scope: { ...entry.steps, [entry.stepId]: own } },
    step,
    state,
    path: `${entry.path}/undo`,
    title: `Undo ${entry.title}`,
    index: typeof entry.names["index"] === "number" ? entry.names["index"] : undefined,
    names: { ...entry.names, output: entry.output, outcome, key: `${run.keyId}/${entry.path}` } as Invocation["names"],
  };
  run.working += 1;
  try {
    const kind = stepKindOf(step);
    const own = state.step.undo === undefined ? kind.ownUndo : undefined;
    const hasUndone = own === undefined || (await own.run(invocation, entry));
    if (own === undefined) await kind.run(invocation);
    entry.undone = { status: "completed", error: null };
    if (!hasUndone) return false;
    if (state.status === "completed" && isTakenBack(run, entry.stepId)) state.status = "compensated";
  } catch (error) {
    entry.undone = { status: "failed", error: placeFailure(step, readFailure(error)).error };
  } finally {
    run.working -= 1;
    releaseHeldCalls(run);
  }
  run.changes += 1;
  state.undo = [...state.undo, { step: entry.path, ...entry.undone }];
  return true;
}
