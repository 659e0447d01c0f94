import { executeChild } from "@temporalio/workflow";
import type { UndoEntry } from "../plan/carried-state.ts";
import { mayUndo } from "../plan/has-undo.ts";
import type { PartUndo, SetAside } from "../plan/loop-parts.ts";
import { PART_WORKFLOW } from "../plan/messages.ts";
import type { Unfinished } from "../plan/report.ts";
import { releaseHeldCalls } from "./admit-call.ts";
import { fail, readFailure } from "./failure-info.ts";
import type { Invocation } from "./invocation.ts";
import { childOptions, partArguments } from "./part-child.ts";
import type { PartResult, PartUndone } from "./part-messages.ts";
import type { RunState, StepState } from "./run-state.ts";
import { isTakenBack, openEntry } from "./undo-log.ts";
import { shellWord } from "../plan/shell-word.ts";

/** Notes, before a part runs, that what it does will have to be undone; the part itself notes what. */
export function notePartUndo(
  { run, step }: Invocation,
  { part, title, common }: { readonly part: string; readonly title: string; readonly common: SetAside },
): UndoEntry {
  const before = run.undoLog.find((entry) => entry.path === part);
  if (before !== undefined) return before;
  const own = { common, log: null, stepIds: [], failures: [] };
  return openEntry(run, { path: part, stepId: step.id, title, steps: {}, names: {}, part: own });
}

/** Notes what the part has done so far. One that has done nothing leaves nothing to undo. */
export function settlePartUndo(run: RunState, entry: UndoEntry, result: PartResult | "lost" | "not begun"): void {
  const part = entry.part as PartUndo;
  run.clock += 1;
  entry.to = run.clock;
  if (typeof result === "object") {
    entry.outcome = "completed";
    // One that could not go on knows nothing of what it did before.
    if (result.undoLog !== undefined) Object.assign(part, { log: result.undoLog, stepIds: result.undoableSteps });
  } else if (result === "lost") {
    entry.outcome = "unknown";
    const step = run.steps.get(entry.stepId)?.step;
    if (part.log !== null || (step !== undefined && mayUndo(step))) return;
  }
  if (part.log === null) run.undoLog.splice(run.undoLog.indexOf(entry), 1);
}

/** Takes back what a part has done, in a child run that has the part's undo log. */
export async function undoPart(run: RunState, entry: UndoEntry, part: PartUndo): Promise<true> {
  run.working += 1;
  try {
    if (entry.outcome !== "completed" || part.log === null)
      throw fail("for-each/part-lost", `${entry.path} was ended by force; nobody knows all that its items did`);
    const args = {
      ...partArguments({ run, step: (run.steps.get(entry.stepId) as StepState).step }, entry.path),
      common: part.common,
      work: { undo: part.log },
    };
    const options = childOptions(args, `Undo ${entry.title}`, "/undo");
    const { failures } = (await executeChild(PART_WORKFLOW, options)) as PartUndone;
    part.failures = failures;
    const [first] = failures;
    entry.undone =
      first === undefined
        ? { status: "completed", error: null }
        : { status: "failed", error: { code: first.code, message: `${first.step}: ${first.why}` } };
  } catch (error) {
    entry.undone = { status: "failed", error: readFailure(error).error };
  } finally {
    run.working -= 1;
    releaseHeldCalls(run);
  }
  run.changes += 1;
  const state = run.steps.get(entry.stepId) as StepState;
  const failed = part.failures.map(({ step, code, why }) => ({
    step,
    status: "failed" as const,
    error: { code, message: why },
  }));
  state.undo = [...state.undo, ...(failed.length > 0 ? failed : [{ step: entry.path, ...entry.undone }])];
  for (const id of part.stepIds) {
    const own = run.steps.get(id);
    if (own?.status === "completed" && isTakenBack(run, id)) own.status = "compensated";
  }
  return true;
}

/** What is left to do by hand, because its undo has failed; children tell their own. */
export function listFailedUndos(run: RunState): readonly Unfinished[] {
  const failed = run.undoLog.filter(
    ({ undone, childRun = "" }) => undone?.status === "failed" && !run.childEnds.has(childRun),
  );
  return failed.flatMap(({ path, title, undone, childRun, part }) => {
    if (part !== undefined && part.failures.length > 0) return part.failures;
    const { code = "", message: why = "" } = undone?.error ?? {};
    const todo =
      childRun === undefined
        ? `take back “${title}” by hand`
        : `take back the run ${childRun} with \`aiworkflow rollback ${shellWord(childRun)}\``;
    return [{ step: path, code, why, todo }];
  });
}
