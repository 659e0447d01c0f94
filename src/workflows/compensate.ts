import type { UndoEntry } from "../plan/carried-state.ts";
import { releaseHeldCalls } from "./admit-call.ts";
import { hasUndoRoom } from "./has-undo-room.ts";
import { placeFailure, readFailure } from "./failure-info.ts";
import type { Invocation } from "./invocation.ts";
import type { RunState, StepState } from "./run-state.ts";
import { isTakenBack } from "./undo-log.ts";
import { stepKindOf } from "./step-kinds/step-kinds.ts";
import { orderUndos } from "./undo-order.ts";
import { undoPart } from "./undo-part.ts";

/**
 * Undoes what the run has done, newest first; what was done side by side is undone side by side. A failing undo does not
 * stop the others; what the history has no room for does not begin. `to`: only from this savepoint or step on. Gives how many undos there were.
 */
export async function compensate(run: RunState, to: string | undefined): Promise<number> {
  const since = to === undefined ? 0 : momentOf(run, to);
  const entries = run.undoLog.filter(({ from, undone }) => from >= since && undone === undefined);
  const order = orderUndos(entries);
  for (const entry of entries) run.undoing.set(entry, "pending");
  let running = 0;
  let undone = 0;
  await new Promise<void>((resolve, reject) => {
    const begin = (entry: UndoEntry) => {
      // It stays pending, and so does what waits for it.
      if (!hasUndoRoom(run, running)) return;
      running += 1;
      run.undoing.set(entry, "running");
      void undo(run, entry).then((hasUndone) => {
        run.undoing.delete(entry);
        running -= 1;
        if (hasUndone) undone += 1;
        for (const other of order.end(entry)) begin(other);
        if (running === 0) resolve();
      }, reject);
    };
    for (const entry of order.first) begin(entry);
    if (running === 0) resolve();
  });
  return undone;
}

/** The run's clock at a savepoint or at the beginning of a step; nothing is that late where it never began. */
function momentOf(run: RunState, name: string): number {
  const states = [...run.steps.values()];
  const state = states.find(({ step }) => step.savepoint === name) ?? states.find(({ step }) => step.id === name);
  return state?.beganAt ?? Infinity;
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
