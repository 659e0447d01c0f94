import { CancelledFailure } from "@temporalio/workflow";
import { renderInWorkflow } from "../expressions/evaluate-in-workflow.ts";
import type { Evaluated } from "../plan/activity.ts";
import type { Stored } from "../plan/artifact.ts";
import { isJsonObject, type JsonObject } from "../plan/json.ts";
import type { RunStatus } from "../plan/report.ts";
import { callForRun } from "./call-for-run.ts";
import { fail, readFailure } from "./failure-info.ts";
import type { RunState } from "./run-state.ts";
import { showProgress } from "./show-progress.ts";
import { setRunStatus } from "./track-status.ts";

/** What a completed run returns to Temporal. */
export interface RunResult {
  readonly status: "completed";
  readonly outputs: { readonly [name: string]: Stored };
}

/**
 * Ends the run truthfully: returns only where it completed. Throws `CancelledFailure` for a cancelled run, else
 * `ApplicationFailure` with the code of the failure, so that Temporal's own status agrees with ours.
 */
export async function endRun(run: RunState): Promise<RunResult> {
  const states = [...run.steps.values()];
  const cancelled = run.error === null && states.some(({ status }) => status === "cancelled");
  if (run.error === null && !cancelled) await finish(run);
  if (cancelled) {
    close(run, "cancelled");
    throw new CancelledFailure("cancelled");
  }
  if (run.error !== null) {
    const unknown = states.some(({ status }) => status === "outcome-unknown");
    close(run, unknown ? "outcome-unknown" : "failed");
    const { code, message, step } = run.error;
    throw fail(code, step === null ? message : `${placeOf(run, step)}: ${message}`);
  }
  close(run, "completed");
  return { status: "completed", outputs: run.outputs ?? {} };
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
  showProgress(run);
}

/** A reply that nobody asked for means that the file and the recording do not belong together. */
async function checkReplies(run: RunState): Promise<void> {
  for (const [name, used] of Object.entries(run.repliesUsed)) {
    const agent = run.plan.agents[name];
    if (agent?.replies === undefined) continue;
    const ended = [...run.steps.values()].filter(({ status }) => status === "completed").map(({ step }) => step.path);
    await callForRun(run, "check-replies", { agentName: name, agent, used, ended });
  }
}

async function renderOutputs(run: RunState): Promise<{ readonly [name: string]: Stored }> {
  const scope = {
    inputs: run.inputs,
    steps: run.stepScope,
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

function placeOf(run: RunState, path: string): string {
  const step = run.plan.steps.find((candidate) => candidate.path === path);
  return step === undefined ? path : `${step.source.file}:${step.source.line}:${step.source.column}: ${path}`;
}
