import type { ActionResult, AgentTurn, RequestedCall, SealedResult } from "../../plan/activity.ts";
import type { Stored } from "../../plan/artifact.ts";
import type { AgentStep } from "../../plan/step.ts";
import { callActivity } from "../call-activity.ts";
import { fail } from "../failure-info.ts";
import type { Invocation } from "../invocation.ts";
import { notePins, pinsOf } from "../note-pins.ts";
import type { AgentTry } from "./run-agent.ts";

const DEFAULT_TOOL_TIMEOUT_MS = 60_000;

/** Makes the calls that a turn asks for, side by side, and puts what came of them into the conversation. */
export async function callTools(
  invocation: Invocation<AgentStep>,
  { agent, prefix }: AgentTry,
  { turn, answer }: { readonly turn: number; readonly answer: AgentTurn },
): Promise<Stored> {
  const results = await Promise.all(
    answer.calls.map((call, index) => callTool(invocation, call, `${prefix}call-${turn + 1}.${index + 1}`)),
  );
  const sealed = await callActivity<{ transcript: Stored }>(
    invocation,
    `seal:${agent}`,
    { transcript: answer.transcript, results },
    {
      suffix: `${prefix}seal-${turn + 1}`,
      summary: `${invocation.title}: results of turn ${turn + 1}`,
      effect: "idempotent",
    },
  );
  return sealed.transcript;
}

async function callTool(invocation: Invocation<AgentStep>, call: RequestedCall, suffix: string): Promise<SealedResult> {
  const name = `${call.tool}.${call.operation}`;
  if (call.refused !== undefined) return { id: call.id, name, content: call.refused, isError: true };
  const { run, step } = invocation;
  const tool = step.toolSpecs?.[call.tool] ?? run.plan.tools[call.tool];
  const declared = tool?.operations[call.operation];
  const result = await callActivity<ActionResult>(
    invocation,
    name,
    {
      toolName: call.tool,
      tool,
      operation: call.operation,
      with: call.with,
      forAgent: true,
      output: undefined,
      ...pinsOf(run),
    },
    {
      suffix,
      summary: `${invocation.title}: ${name}`,
      effect: declared?.effect ?? "at-most-once",
      timeoutMs: declared?.timeoutMs ?? tool?.timeoutMs ?? DEFAULT_TOOL_TIMEOUT_MS,
    },
  );
  notePins(run, result.pins);
  return { id: call.id, name, content: result.output, isError: result.isError ?? false };
}

/** The failure of an agent that does not take a refusal. */
export function refusedAgain(calls: readonly RequestedCall[]): Error {
  const refused = calls.filter((call) => call.refused !== undefined).map((call) => `${call.tool}.${call.operation}`);
  return fail(
    "agent/refused-tool",
    `the agent asked again for a tool that this step does not grant: ${refused.join(", ")}`,
  );
}
