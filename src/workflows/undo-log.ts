import { ActivityFailure, CancelledFailure } from "@temporalio/workflow";
import { programsOf } from "../expressions/render-template.ts";
import type { Template } from "../plan/template.ts";
import type { StepScope, UndoEntry } from "../plan/carried-state.ts";
import { readFailure } from "./failure-info.ts";
import type { Invocation, Outcome } from "./invocation.ts";
import { stepKindOf } from "./step-kinds/step-kinds.ts";
import { type RunState, SKIPPED, SUSPENDED } from "./run-state.ts";

/** Notes, before the step runs, that it will have to be undone. */
export function registerUndo(invocation: Invocation): UndoEntry | undefined {
  const { run, frame, step, path, title, names } = invocation;
  // What goes on in a new history has been noted where it began.
  const noted =
    run.carried === undefined ? undefined : run.undoLog.find((one) => one.path === path && one.outcome === "running");
  if (noted !== undefined) return noted;
  const childRun = childToUndo(invocation);
  if (step.undo === undefined && childRun === undefined) return undefined;
  return openEntry(run, {
    path,
    ...(childRun === undefined ? {} : { childRun }),
    stepId: step.id,
    title,
    steps: step.undo === undefined ? {} : pickSteps(step.undo, frame.scope),
    names,
  });
}

/** Notes in the log what begins now and may have to be undone. */
export function openEntry(
  run: RunState,
  what: Pick<UndoEntry, "path" | "childRun" | "stepId" | "title" | "steps" | "names" | "part">,
): UndoEntry {
  run.clock += 1;
  const entry: UndoEntry = { ...what, from: run.clock, to: null, outcome: "running", output: null, undone: undefined };
  run.undoLog.push(entry);
  return entry;
}

/** What has ended by now stays: a step that commits has ended well. */
export function commitUndos({ undoLog }: RunState): void {
  undoLog.splice(0, undoLog.length, ...undoLog.filter(({ to }) => to === null));
}

/** Whether everything that the step has done is undone, in parts of loops as well. */
export function isTakenBack(run: RunState, id: string): boolean {
  return run.undoLog
    .filter(({ stepId, part }) => (part === undefined ? stepId === id : part.stepIds.includes(id)))
    .every(({ undone }) => undone?.status === "completed");
}

/** Notes how the step ended. One that never began leaves nothing to undo. */
export function settleUndo(
  { run, state, step, path }: Invocation,
  entry: UndoEntry | undefined,
  result: unknown,
): void {
  if (entry === undefined) return;
  const hasActed = hasActedAgent(run, path);
  // A group goes on in the next history, and is older than what its steps have noted.
  if (result === SUSPENDED && (hasActed || step.kind === "group")) return;
  // A child run knows itself whether it has done anything, also one that was skipped or cancelled.
  const isChild = entry.childRun !== undefined || state.childRun !== undefined;
  if (!isChild && !hasActed && (result === SUSPENDED || result === SKIPPED || result instanceof CancelledFailure)) {
    run.undoLog.splice(run.undoLog.indexOf(entry), 1);
    return;
  }
  run.clock += 1;
  entry.to = run.clock;
  if (!(result instanceof Error)) {
    entry.output = (result as Outcome).output;
    entry.outcome = "completed";
    return;
  }
  const { status } = readFailure(result);
  const unknown =
    status === "outcome-unknown" || (status === "cancelled" && (hasActed || result instanceof ActivityFailure));
  entry.outcome = unknown ? "unknown" : "failed";
}

/** The child run whose own undo log is that of the step. */
function childToUndo(invocation: Invocation): string | undefined {
  const { undo, keepsEffect } = invocation.step;
  if (undo !== undefined || keepsEffect === true) return undefined;
  return stepKindOf(invocation.step).ownUndo?.childRunOf(invocation);
}

/** The steps that expressions of the undo refer to. */
function pickSteps(undo: object, scope: Readonly<Record<string, StepScope>>): Record<string, StepScope> {
  const picked: Record<string, StepScope> = {};
  for (const { path } of programsOf(undo as Template).flatMap(({ references }) => references)) {
    const [root, name = ""] = path;
    if (root === "steps" && Object.hasOwn(scope, name)) picked[name] = scope[name] as StepScope;
  }
  return picked;
}

/** Whether an agent of the step, or one that it has asked, is in the middle of its loop. */
function hasActedAgent({ agents }: RunState, path: string): boolean {
  for (const [known, { turns }] of agents)
    if (turns > 0 && (known === path || known.startsWith(`${path}/`))) return true;
  return false;
}
