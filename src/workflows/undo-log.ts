import { ActivityFailure, CancelledFailure, patched } from "@temporalio/workflow";
import { programsOf } from "../expressions/render-template.ts";
import type { Template } from "../plan/template.ts";
import { shellWord } from "../plan/shell-word.ts";
import type { StepScope, UndoEntry } from "../plan/carried-state.ts";
import { readFailure } from "./failure-info.ts";
import type { Invocation, Outcome } from "./invocation.ts";
import { note } from "./notices.ts";
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

/** Says so of a run that was to be taken back where it fails, and was not. */
export function noteNotTakenBack(run: RunState): void {
  if (run.plan.onFailure === "rollback" && run.undoLog.some(({ undone }) => undone === undefined))
    note(run, `nothing was taken back: \`aiworkflow rollback ${shellWord(run.id)}\` does it`);
}

/** How a step ended. */
interface Ended {
  /** Its outcome, or what it threw. */
  readonly result: unknown;
  /** What it had done already, where it ended while that was checked. */
  readonly done?: Outcome | undefined;
}

/** Notes how the step ended. One that never began leaves nothing to undo. */
export function settleUndo(invocation: Invocation, entry: UndoEntry | undefined, { result, done }: Ended): void {
  if (entry === undefined) return;
  const { run, state, step, path } = invocation;
  const isSkipped = result === SKIPPED;
  const isStopped = isSkipped || (result instanceof Error && readFailure(result).status === "cancelled");
  // A child run knows itself whether it has done anything, also one that was skipped or cancelled.
  const isChild = entry.childRun !== undefined || state.childRun !== undefined;
  const hasActed = hasActedAgent(run, path);
  const hasWorked = hasActed || done !== undefined;
  if (isSkipped) forgetAgents(run, path);
  // A group is noted before its steps are, also where it goes on in a new history.
  if (result === SUSPENDED && (hasWorked || step.kind === "group")) return;
  // At first this was seen of cancelled agents alone: older histories are replayed as they were.
  const isBrokenOff = isStopped && hasWorked && ((hasActed && !isSkipped) || patched("undo-of-broken-off"));
  if (!isBrokenOff && !isChild && (result === SUSPENDED || isSkipped || result instanceof CancelledFailure)) {
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
  if (isBrokenOff || (done !== undefined && patched("undo-of-faulty-result"))) entry.output = done?.output ?? null;
  const isUnknown =
    isBrokenOff || (isStopped && result instanceof ActivityFailure) || readFailure(result).status === "outcome-unknown";
  entry.outcome = isUnknown ? "unknown" : "failed";
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

/**
 * Whether an agent of the step, or one that it has asked, is in the middle of its loop, or goes on for one that was. At first that one
 * was forgotten: older histories are replayed as they were.
 */
function hasActedAgent({ agents }: RunState, path: string): boolean {
  const own = [...agents].filter(([known]) => isAgentOf(path, known)).map(([, progress]) => progress);
  if (own.some(({ turns }) => turns > 0)) return true;
  return own.some(({ hasWorked }) => hasWorked === true) && patched("undo-of-handed-over");
}

function forgetAgents({ agents }: RunState, path: string): void {
  for (const known of agents.keys()) if (isAgentOf(path, known)) agents.delete(known);
}

function isAgentOf(path: string, known: string): boolean {
  return known === path || known.startsWith(`${path}/`);
}
