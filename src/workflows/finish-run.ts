import { CancellationScope } from "@temporalio/workflow";
import { deferTemplate, renderInWorkflow } from "../expressions/evaluate-in-workflow.ts";
import type { EvaluateCall, Evaluated } from "../plan/activity.ts";
import type { Stored } from "../plan/artifact.ts";
import { isJsonObject } from "../plan/json.ts";
import { MAX_HELD_BYTES, MAX_PAYLOAD_BYTES } from "../plan/limits.ts";
import { jsonBytes } from "../plan/text-size.ts";
import { callForRun } from "./call-for-run.ts";
import { fail, readFailure } from "./failure-info.ts";
import { scopeOfInvocation } from "./invocation.ts";
import type { RunState } from "./run-state.ts";

/** What of the end of a run is due: recorded replies are counted when nothing can ask for any more. */
export type Due = "all" | "outputs" | "replies";

/**
 * What is left once every step has ended well; a failure here is the run's. A promise only where something has to be asked
 * of an activity, which a cancel does not stop any more.
 */
export function finishRun(run: RunState, due: Due = "all"): Promise<void> | undefined {
  const replies = due === "outputs" ? [] : Object.entries(run.repliesUsed);
  const recorded = replies.filter(([name]) => run.plan.agents[name]?.replies !== undefined);
  try {
    const outputs = due === "replies" ? { rendered: run.outputs ?? {}, deferred: [] } : renderOutputs(run);
    if (recorded.length === 0 && outputs.deferred.length === 0) {
      run.outputs = admitOutputs(outputs.rendered);
      return undefined;
    }
    return CancellationScope.nonCancellable(async () => {
      for (const [name] of recorded) await checkReplies(run, name);
      run.outputs = admitOutputs(await completeOutputs(run, outputs));
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

/** A reply that nobody asked for means that the file and the recording do not belong together; a step with several agents asks not all. */
async function checkReplies(run: RunState, agentName: string): Promise<void> {
  const agent = run.plan.agents[agentName];
  // Agents may share a recording.
  const sharing = Object.keys(run.repliesUsed).filter(
    (name) => run.plan.agents[name]?.replies?.sha256 === agent?.replies?.sha256,
  );
  const used: Record<string, number> = {};
  for (const [path, count] of sharing.flatMap((name) => Object.entries(run.repliesUsed[name] ?? {})))
    used[path] = Math.max(used[path] ?? 0, count);
  const ended = [...run.steps.values()]
    .filter(({ status, step }) => status === "completed" && !(step.kind === "agent" && step.route !== undefined))
    .map(({ step }) => step.path);
  await callForRun(run, "check-replies", { agentName, agent, used, ended });
}

/** The outputs of a run, as far as the workflow itself can read what they name. */
interface Outputs {
  readonly rendered: { readonly [name: string]: Stored };
  /** What an activity has to evaluate, because a value of it is or would be large. */
  readonly deferred: readonly (readonly [name: string, input: Pick<EvaluateCall, "template" | "whole">])[];
}

function renderOutputs(run: RunState): Outputs {
  const { root } = run;
  const scope = scopeOfInvocation({ run, frame: root, names: root.names });
  const rendered: Record<string, Stored> = {};
  const deferred: Outputs["deferred"][number][] = [];
  for (const [name, template] of Object.entries(run.plan.outputs)) {
    const result = renderInWorkflow(template, scope);
    // Its place among the others is that of the file.
    rendered[name] = "value" in result ? result.value : null;
    if ("deferred" in result) deferred.push([name, { template: result.deferred }]);
    else if (jsonBytes(result.value) > MAX_HELD_BYTES)
      deferred.push([name, { template: deferTemplate(template, scope), whole: true }]);
  }
  return { rendered, deferred };
}

function admitOutputs(outputs: Outputs["rendered"]): Outputs["rendered"] {
  const bytes = jsonBytes(outputs);
  if (bytes <= MAX_PAYLOAD_BYTES) return outputs;
  throw fail("run/outputs-too-large", `the outputs have ${bytes} bytes; at most ${MAX_PAYLOAD_BYTES} can be`);
}

async function completeOutputs(run: RunState, { rendered, deferred }: Outputs): Promise<Outputs["rendered"]> {
  const outputs = { ...rendered };
  for (const [name, input] of deferred) {
    const evaluated = await callForRun<Evaluated>(run, "evaluate", input, `output-${name}`);
    outputs[name] = evaluated.value ?? (evaluated.list as unknown as Stored);
  }
  return outputs;
}
