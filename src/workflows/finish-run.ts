import { CancellationScope } from "@temporalio/workflow";
import { renderInWorkflow } from "../expressions/evaluate-in-workflow.ts";
import type { Evaluated } from "../plan/activity.ts";
import type { Stored } from "../plan/artifact.ts";
import { isJsonObject, type JsonObject } from "../plan/json.ts";
import type { Template } from "../plan/template.ts";
import { callForRun } from "./call-for-run.ts";
import { readFailure } from "./failure-info.ts";
import type { RunState } from "./run-state.ts";

/**
 * What is left once every step has ended well; a failure here is the run's. A promise only where something has to be asked
 * of an activity, which a cancel does not stop any more.
 */
export function finishRun(run: RunState): Promise<void> | undefined {
  const recorded = Object.entries(run.repliesUsed).filter(([name]) => run.plan.agents[name]?.replies !== undefined);
  try {
    const outputs = renderOutputs(run);
    if (recorded.length === 0 && outputs.deferred.length === 0) {
      run.outputs = outputs.rendered;
      return undefined;
    }
    return CancellationScope.nonCancellable(async () => {
      for (const [name, used] of recorded) await checkReplies(run, name, used);
      run.outputs = await completeOutputs(run, outputs);
    }).catch((error: unknown) => noteFailure(run, error));
  } catch (error) {
    noteFailure(run, error);
    return undefined;
  }
}

function noteFailure(run: RunState, thrown: unknown): void {
  const { error } = readFailure(thrown);
  const step = isJsonObject(error.details) && typeof error.details["step"] === "string" ? error.details["step"] : null;
  run.error = { ...error, step };
}

/** A reply that nobody asked for means that the file and the recording do not belong together. */
async function checkReplies(run: RunState, agentName: string, used: Record<string, number>): Promise<void> {
  const ended = [...run.steps.values()].filter(({ status }) => status === "completed").map(({ step }) => step.path);
  await callForRun(run, "check-replies", { agentName, agent: run.plan.agents[agentName], used, ended });
}

/** The outputs of a run, as far as the workflow itself can read what they name. */
interface Outputs {
  readonly rendered: { readonly [name: string]: Stored };
  readonly deferred: readonly (readonly [name: string, template: Template])[];
}

function renderOutputs(run: RunState): Outputs {
  const scope = {
    inputs: run.inputs,
    steps: run.root.scope,
    env: run.env,
    run: { id: run.id, workflow: run.plan.name, started_at: new Date(run.startedAtMs).toISOString() },
  } as unknown as JsonObject;
  const rendered: Record<string, Stored> = {};
  const deferred: [string, Template][] = [];
  for (const [name, template] of Object.entries(run.plan.outputs)) {
    const result = renderInWorkflow(template, scope);
    // Its place among the others is that of the file.
    rendered[name] = "value" in result ? result.value : null;
    if (!("value" in result)) deferred.push([name, result.deferred]);
  }
  return { rendered, deferred };
}

async function completeOutputs(run: RunState, { rendered, deferred }: Outputs): Promise<Outputs["rendered"]> {
  const outputs = { ...rendered };
  for (const [name, template] of deferred) {
    const evaluated = await callForRun<Evaluated>(run, "evaluate", { template }, `output-${name}`);
    outputs[name] = evaluated.value ?? (evaluated.list as unknown as Stored);
  }
  return outputs;
}
