import { CancellationScope, CancelledFailure } from "@temporalio/workflow";
import { renderInWorkflow } from "../expressions/evaluate-in-workflow.ts";
import type { Evaluated } from "../plan/activity.ts";
import type { Stored } from "../plan/artifact.ts";
import { isJsonObject, type JsonObject } from "../plan/json.ts";
import type { RunStatus, Unfinished } from "../plan/report.ts";
import { callForRun } from "./call-for-run.ts";
import { compensate } from "./compensate.ts";
import { fail, readFailure } from "./failure-info.ts";
import { runBlock } from "./run-block.ts";
import type { RunState } from "./run-state.ts";
import { setRunStatus } from "./track-status.ts";
import { unfinishedOf } from "./undo-part.ts";

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
export async function endRun(run: RunState): Promise<RunResult> {
  run.error = run.root.error;
  const isStopped = [...run.root.ended.values()].some(({ status }) => status === "cancelled");
  const isCancelled = run.error === null && (run.cancelled || isStopped);
  let undone = 0;
  if ((run.error !== null || isCancelled) && run.plan.onFailure === "rollback") {
    const { rollbackTo } = run.plan;
    undone = await CancellationScope.nonCancellable(() => compensate(run, rollbackTo));
  }
  if (run.plan.finally !== undefined) await CancellationScope.nonCancellable(() => runFinally(run));
  if (run.error === null && !isCancelled) await finish(run);
  if (run.error === null && !isCancelled) {
    close(run, "completed");
    return { status: "completed", outputs: run.outputs ?? {} };
  }
  run.unfinished = listUnfinished(run, undone > 0);
  close(run, statusOf(run, isCancelled, undone));
  if (run.error === null) throw new CancelledFailure("cancelled");
  const { code, message, step } = run.error;
  throw fail(code, step === null ? message : `${placeOf(run, step)}: ${message}`);
}

/** Ends a run that only takes back what another one has done. */
export async function endRollback(run: RunState, to: string | undefined): Promise<RunResult> {
  const undone = await CancellationScope.nonCancellable(() => compensate(run, to));
  run.unfinished = listUnfinished(run, true);
  const status = statusOf(run, false, Math.max(undone, 1));
  close(run, status);
  if (status === "compensated") return { status, outputs: {} };
  const [first] = run.unfinished as [Unfinished];
  throw fail("run/compensation-incomplete", `${first.step} is not taken back: ${first.why}`);
}

/** An end state that claims nothing that did not happen. */
function statusOf(run: RunState, isCancelled: boolean, undone: number): RunStatus {
  if (run.undoLog.some((entry) => entry.undone?.status === "failed")) return "compensation-incomplete";
  if (run.unfinished.length > 0) return "outcome-unknown";
  if (undone > 0) return "compensated";
  return isCancelled ? "cancelled" : "failed";
}

/** What a person has to look after: undos that failed, effects of which nobody knows and that nothing has undone. */
function listUnfinished(run: RunState, rolledBack: boolean): readonly Unfinished[] {
  const failedUndos = run.undoLog.filter(({ undone }) => undone?.status === "failed").flatMap(unfinishedOf);
  const undone = new Set(
    run.undoLog
      .filter((entry) => entry.undone !== undefined)
      .flatMap(({ stepId, part }) => [stepId, ...(part?.stepIds ?? [])]),
  );
  const unknown = states(run)
    .filter(({ step, status }) => status === "outcome-unknown" && step.kind !== "group" && !undone.has(step.id))
    .map(({ step, error }) => ({
      step: step.path,
      code: error?.code ?? "step/outcome-unknown",
      why: error?.message ?? "nobody knows whether it took effect",
      todo: rolledBack
        ? `look whether “${step.title}” took effect, and take it back`
        : `look whether “${step.title}” took effect`,
    }));
  return [...failedUndos, ...unknown];
}

/** `## Finally` runs however the run ends; its failure is the run's where there is no other. */
async function runFinally(run: RunState): Promise<void> {
  const { root, plan } = run;
  const { halted, error } = root;
  Object.assign(root, { halted: false, error: null });
  run.draining = false;
  await runBlock(run, root, { steps: [plan.finally as never] });
  run.error ??= root.error;
  Object.assign(root, { halted, error: error ?? root.error });
}

/** What is left once every step has ended well; a failure here is the run's. */
async function finish(run: RunState): Promise<void> {
  try {
    await checkReplies(run);
    run.outputs = await renderOutputs(run);
  } catch (error) {
    const failure = readFailure(error);
    const detail = failure.error.details;
    const step = isJsonObject(detail) && typeof detail["step"] === "string" ? detail["step"] : null;
    run.error = { ...failure.error, step };
  }
}

function close(run: RunState, status: RunStatus): void {
  run.closedAtMs = Date.now();
  setRunStatus(run, status);
}

/** A reply that nobody asked for means that the file and the recording do not belong together. */
async function checkReplies(run: RunState): Promise<void> {
  for (const [name, used] of Object.entries(run.repliesUsed)) {
    const agent = run.plan.agents[name];
    if (agent?.replies === undefined) continue;
    const ended = states(run)
      .filter(({ status }) => status === "completed")
      .map(({ step }) => step.path);
    await callForRun(run, "check-replies", { agentName: name, agent, used, ended });
  }
}

async function renderOutputs(run: RunState): Promise<{ readonly [name: string]: Stored }> {
  const scope = {
    inputs: run.inputs,
    steps: run.root.scope,
    env: run.env,
    run: { id: run.id, workflow: run.plan.name, started_at: new Date(run.startedAtMs).toISOString() },
  } as unknown as JsonObject;
  const outputs: Record<string, Stored> = {};
  for (const [name, template] of Object.entries(run.plan.outputs)) {
    const rendered = renderInWorkflow(template, scope);
    if ("value" in rendered) {
      outputs[name] = rendered.value;
      continue;
    }
    const evaluated = await callForRun<Evaluated>(run, "evaluate", { template: rendered.deferred }, `output-${name}`);
    outputs[name] = evaluated.value ?? (evaluated.list as unknown as Stored);
  }
  return outputs;
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
