import { type AgentProgress, type OpenTurn, SUB_AGENT_TOOL, toolOf } from "../../plan/agent-loop.ts";
import { timeoutOfTool, TOO_LARGE } from "../../plan/agent-tools.ts";
import type { ActionResult, RequestedCall, SealedResult } from "../../plan/activity.ts";
import type { Stored } from "../../plan/artifact.ts";
import type { ToolSpec } from "../../plan/plan.ts";
import type { AgentStep } from "../../plan/step.ts";
import { callActivity } from "../call-activity.ts";
import { callPaidTool } from "../call-paid-tool.ts";
import { fail, readFailure } from "../failure-info.ts";
import type { Invocation } from "../invocation.ts";
import { notePins, pinsOf } from "../note-pins.ts";
import { askSubAgent } from "./ask-sub-agent.ts";
import { watchTurn } from "./guards.ts";
import type { AgentTry } from "./run-agent.ts";
import { runCalls } from "./run-calls.ts";

/** How often a refused tool call is told to the agent before the step fails. */
const REFUSALS_ALLOWED = 1;

/** Notes the calls that a model asks for. Throws where it asks for what it may not, or for too much. */
export function openTurn(
  { step }: Invocation<AgentStep>,
  { agent }: AgentTry,
  { progress, calls }: { readonly progress: AgentProgress; readonly calls: readonly RequestedCall[] },
): void {
  const refused = calls.filter((call) => call.refused !== undefined).map(nameOf);
  if (refused.length > 0) progress.refusals += 1;
  const refuseAll = (code: string, message: string) => {
    // Whoever goes on with the conversation is told.
    const results = calls.map((call) => ({
      id: call.id,
      name: nameOf(call),
      content: `not made: ${message}`,
      isError: true,
    }));
    progress.open = { calls, numbers: calls.map(() => 0), results };
    return fail(code, message);
  };
  if (progress.refusals > REFUSALS_ALLOWED)
    throw refuseAll(
      "agent/refused-tool",
      `the agent asked again for a tool that this step does not grant: ${refused.join(", ")}`,
    );
  progress.calls += calls.length;
  if (step.maxCalls !== undefined && progress.calls > step.maxCalls)
    throw refuseAll("agent/too-many-calls", `${agent} asked for more than ${step.maxCalls} tool calls`);
  const numbers = calls.map((call) => {
    if (call.tool !== SUB_AGENT_TOOL || step.agents === undefined || whyNot(call) !== undefined) return 0;
    return (progress.asked[call.operation] = (progress.asked[call.operation] ?? 0) + 1);
  });
  progress.open = { calls, numbers, results: calls.map(() => null) };
}

/** Makes the calls of the open turn that have not ended yet, and puts what came of them into the conversation. */
export async function callTools(
  invocation: Invocation<AgentStep>,
  work: AgentTry,
  progress: AgentProgress,
): Promise<void> {
  const { agent, prefix } = work;
  const { calls, results, numbers } = progress.open as OpenTurn;
  const turn = progress.turns;
  await runCalls(invocation, progress.open as OpenTurn, (place) => {
    const call = calls[place] as RequestedCall;
    const number = numbers[place] as number;
    if (number > 0) return askSubAgent(invocation, call, number);
    return callTool(invocation, call, { work, suffix: `${prefix}call-${turn}.${place + 1}` });
  });
  const ended = results as readonly SealedResult[];
  watch(invocation, progress, { calls, results: ended });
  const sealed = await callActivity<{ transcript: Stored }>(
    invocation,
    `seal:${agent}`,
    { transcript: progress.transcript, results: ended },
    {
      suffix: `${prefix}seal-${turn}`,
      summary: `${invocation.title}: results of turn ${turn}`,
      effect: "idempotent",
      // Results are in history already, and writing them down twice does no harm: no reason to ask the server for a task.
      ...(invocation.step.guards === undefined ? {} : { local: true }),
    },
  );
  progress.transcript = sealed.transcript;
  progress.open = undefined;
}

/** Throws where the agent goes round in circles after it was told so. */
function watch(
  { step: { guards } }: Invocation<AgentStep>,
  progress: AgentProgress,
  { calls, results }: { readonly calls: readonly RequestedCall[]; readonly results: readonly SealedResult[] },
): void {
  if (guards === undefined) return;
  const watched = results.map(({ name, content, isError }, place) => ({
    name,
    asked: JSON.stringify(calls[place]?.with),
    result: JSON.stringify(content),
    isError,
  }));
  const verdict = watchTurn(guards, progress.memory, watched);
  if (verdict === undefined) return;
  if (verdict.isFinal) throw fail(verdict.code, `${verdict.message}, though the agent was told so before`);
  progress.note = `${verdict.message}. Do something else, or answer with what you have.`;
}

async function callTool(
  invocation: Invocation<AgentStep>,
  call: RequestedCall,
  { work: { agent, budgetShare }, suffix }: { readonly work: AgentTry; readonly suffix: string },
): Promise<SealedResult> {
  const name = nameOf(call);
  const why = whyNot(call);
  if (why !== undefined) return { id: call.id, name, content: why, isError: true };
  const { run, step } = invocation;
  const { guards } = step;
  const tool = toolOf(run.plan, step, call.tool);
  const declared = tool?.operations[call.operation];
  const effect = declared?.effect ?? "at-most-once";
  try {
    const input = {
      toolName: call.tool,
      tool: guards === undefined ? tool : onlyWith(tool, call.operation),
      operation: call.operation,
      with: call.with,
      forAgent: true,
      output: undefined,
      ...pinsOf(run, [name]),
    };
    const options = {
      suffix,
      summary: `${invocation.title}: ${name}`,
      effect,
      timeoutMs: timeoutOfTool(tool, call.operation),
    };
    const result = await (declared?.usd === undefined
      ? callActivity<ActionResult>(invocation, name, input, options)
      : callPaidTool(
          invocation,
          { type: name, input, payer: { agent, ...(budgetShare === undefined ? {} : { budgetShare }) } },
          { ...options, waitsAs: `${invocation.path}/${suffix}` },
        ));
    notePins(run, result.pins);
    return { id: call.id, name, content: result.output, isError: result.isError ?? false };
  } catch (error) {
    const failed = readFailure(error, effect);
    if (guards !== undefined && TOO_LARGE.has(failed.error.code))
      return { id: call.id, name, content: `${name} failed: ${failed.error.message}; ask for less`, isError: true };
    // What a call that was broken off means depends on the effect of the tool, not on that of the step.
    throw failed.status === "outcome-unknown"
      ? fail(failed.error.code, failed.error.message, failed.error.details)
      : error;
  }
}

/** A call needs to know of its own operation only, and not how it is described; a tool may have hundreds. */
function onlyWith(tool: ToolSpec | undefined, operation: string): ToolSpec | undefined {
  if (tool === undefined) return undefined;
  const { fallbacks } = tool;
  return {
    ...withOnly(tool, operation),
    ...(fallbacks === undefined ? {} : { fallbacks: fallbacks.map((one) => withOnly(one, operation)) }),
  };
}

function withOnly(tool: ToolSpec, operation: string): ToolSpec {
  const { description: _, ...own } = tool.operations[operation] ?? {};
  return { ...tool, operations: Object.hasOwn(tool.operations, operation) ? { [operation]: own } : {} };
}

function whyNot({ refused, misfit }: RequestedCall): string | undefined {
  return refused ?? misfit;
}

function nameOf({ tool, operation }: RequestedCall): string {
  return `${tool}.${operation}`;
}
