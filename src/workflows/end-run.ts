import { CancellationScope, CancelledFailure, patched } from "@temporalio/workflow";
import { programsOf } from "../expressions/render-template.ts";
import type { Stored } from "../plan/artifact.ts";
import { listSteps } from "../plan/list-steps.ts";
import type { Plan } from "../plan/plan.ts";
import type { Step } from "../plan/step.ts";
import type { RunStatus, Unfinished } from "../plan/report.ts";
import { leftByChildren } from "./child-runs.ts";
import { compensate } from "./compensate.ts";
import { fail } from "./failure-info.ts";
import { type Due, finishRun } from "./finish-run.ts";
import { runBlock } from "./run-block.ts";
import type { RunState } from "./run-state.ts";
import { setPaused, setRunStatus } from "./track-status.ts";
import { noteNotTakenBack } from "./undo-log.ts";
import { listFailedUndos } from "./undo-part.ts";

/** Name of the patch: what fails by its outputs is taken back. */
const BY_OUTPUTS = "outputs-before-rollback";

/** What a completed run returns to Temporal. */
export interface RunResult {
  readonly status: "completed" | "compensated";
  readonly outputs: { readonly [name: string]: Stored };
}

/**
 * Ends the run truthfully: rolls back where the file says so, runs `finally`, and returns only where the run completed.
 * Throws `CancelledFailure` for a cancelled run, else `ApplicationFailure` with the code of the failure, so that Temporal's
 * own status agrees with ours.
 */
export function endRun(run: RunState): RunResult | Promise<RunResult> {
  run.error = run.root.error;
  run.ending = "work-is-over";
  run.draining = false;
  const isStopped = [...run.root.ended.values()].some(({ status }) => status === "cancelled");
  const isCancelled = run.error === null && (run.cancelled || isStopped);
  if (run.error !== null || isCancelled || run.plan.finally !== undefined) return endSlowly(run, isCancelled);
  const finished = finishRun(run);
  const isOver = finished === undefined && !(run.error !== null && rollsBack(run));
  return isOver ? conclude(run, { isCancelled, undone: 0 }) : endSlowly(run, isCancelled, finished);
}

function rollsBack({ plan }: RunState): boolean {
  return plan.onFailure === "rollback";
}

async function endSlowly(run: RunState, isCancelled: boolean, finished?: Promise<void>): Promise<RunResult> {
  // A pause holds back the work, not the end of it. Older histories have held back what runs there.
  if (run.paused && patched("end-ends-pause")) setPaused(run, false);
  const { finally: last, rollbackTo } = run.plan;
  const isFine = () => run.error === null && !isCancelled;
  const hasDone = isFine();
  let due: Due | undefined = "all";
  if (last === undefined && hasDone) {
    await (finished ?? finishRun(run));
    due = undefined;
  } else if (hasDone && rollsBack(run) && !namesFinally(run.plan) && patched(BY_OUTPUTS)) {
    // What takes back comes before what runs last, and may need what that puts away.
    await finishRun(run, "outputs");
    due = "replies";
  }
  let undone: number | undefined;
  // A run whose steps ended well may fail by its outputs. Older histories have kept what such a run did.
  if (!isFine() && rollsBack(run) && (!hasDone || patched(BY_OUTPUTS)))
    undone = await CancellationScope.nonCancellable(() => compensate(run, rollbackTo));
  if (last !== undefined) await CancellationScope.nonCancellable(() => runFinally(run));
  if (isFine() && due !== undefined) await finishRun(run, due);
  if (!isFine() && undone === undefined) noteNotTakenBack(run);
  return conclude(run, { isCancelled, undone: undone ?? 0 });
}

/** Outputs that name what runs last are not there before it has run. */
function namesFinally({ outputs, finally: last }: Plan): boolean {
  const ids = new Set(listSteps({ steps: [last as Step] }).map(({ id }) => id));
  return Object.values(outputs)
    .flatMap((template) => programsOf(template))
    .flatMap(({ references }) => references)
    .some(({ path: [root, name] }) => root === "steps" && (name === undefined || ids.has(name)));
}

function conclude(
  run: RunState,
  { isCancelled, undone }: { readonly isCancelled: boolean; readonly undone: number },
): RunResult {
  if (run.error === null && !isCancelled) {
    // A failure of a child that the file takes care of is no failure here; what it left is still there.
    run.unfinished = leftByChildren(run);
    close(run, "completed");
    return { status: "completed", outputs: run.outputs ?? {} };
  }
  run.outputs = null;
  run.unfinished = listUnfinished(run, undone > 0);
  close(run, statusOf(run, isCancelled, undone));
  if (run.error === null) throw new CancelledFailure("cancelled");
  const { code, message, step } = run.error;
  const isPlaced = step === null || code.startsWith("expression/");
  throw fail(code, isPlaced ? message : `${placeOf(run, step)}: ${message}`);
}

/** Ends a run that only takes back what another one has done. */
export async function endRollback(run: RunState, to: string | undefined): Promise<RunResult> {
  run.ending = "takes-back";
  const undone = await CancellationScope.nonCancellable(() => compensate(run, to));
  run.unfinished = listUnfinished(run, true);
  const status = statusOf(run, false, Math.max(undone, 1));
  const [first] = run.unfinished;
  if (first !== undefined) {
    const message = `${first.step} is not taken back: ${first.why}`;
    run.error = { code: "run/compensation-incomplete", message, step: first.step };
  }
  close(run, status);
  if (status === "compensated") return { status, outputs: {} };
  throw fail("run/compensation-incomplete", run.error?.message ?? "not everything is taken back");
}

/** An end state that claims nothing that did not happen. */
function statusOf(run: RunState, isCancelled: boolean, undone: number): RunStatus {
  const ends = [...run.childEnds.values()];
  if (run.undoing.size > 0) return "compensation-incomplete";
  if (run.undoLog.some((entry) => entry.undone?.status === "failed")) return "compensation-incomplete";
  if (ends.some(({ status }) => status === "compensation-incomplete")) return "compensation-incomplete";
  if (run.unfinished.length > 0) return "outcome-unknown";
  if (undone > 0) return "compensated";
  return isCancelled ? "cancelled" : "failed";
}

/** What a person has to look after: undos that failed, effects of which nobody knows and that nothing has undone. */
function listUnfinished(run: RunState, rolledBack: boolean): readonly Unfinished[] {
  const ofChildren = leftByChildren(run);
  const failedUndos = listFailedUndos(run);
  const told = new Set([...run.childEnds.values()].map(({ stepId }) => stepId));
  const undone = new Set(
    run.undoLog
      .filter((entry) => entry.undone !== undefined)
      .flatMap(({ stepId, part }) => [stepId, ...(part?.stepIds ?? [])]),
  );
  const unknown = states(run)
    .filter(
      ({ step, status }) =>
        status === "outcome-unknown" && step.kind !== "group" && !undone.has(step.id) && !told.has(step.id),
    )
    .map(({ step, error }) => ({
      step: step.path,
      code: error?.code ?? "step/outcome-unknown",
      why: error?.message ?? "nobody knows whether it took effect",
      todo: rolledBack
        ? `look whether “${step.title}” took effect, and take it back`
        : `look whether “${step.title}” took effect`,
    }));
  return [...failedUndos, ...unknown, ...ofChildren];
}

/** `## Finally` runs however the run ends; its failure is the run's where there is no other. */
async function runFinally(run: RunState): Promise<void> {
  const { root, plan } = run;
  const { halted, error } = root;
  Object.assign(root, { halted: false, error: null });
  // Whatever has become of the steps that stand before it.
  await runBlock(run, root, { steps: [{ ...(plan.finally as Step), needs: [] }] });
  run.error ??= root.error;
  Object.assign(root, { halted, error: error ?? root.error });
}

function close(run: RunState, status: RunStatus): void {
  run.closedAtMs = Date.now();
  setRunStatus(run, status);
}

function states(run: RunState) {
  return [...run.steps.values()];
}

/** The source of a step; `path` may be of one invocation in a loop. */
function placeOf(run: RunState, path: string): string {
  const plain = path
    .replaceAll(/\[\d+\]/g, "")
    .split("/")
    .at(-1) as string;
  const step = run.steps.get(plain.split(".").at(-1) as string)?.step;
  return step === undefined ? path : `${step.source.file}:${step.source.line}:${step.source.column}: ${path}`;
}
