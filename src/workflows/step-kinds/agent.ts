import type { ActionResult, AgentTurn, RequestedCall, SealedResult } from "../../plan/activity.ts";
import type { Stored } from "../../plan/artifact.ts";
import type { AgentStep } from "../../plan/step.ts";
import { addUsage } from "../../plan/usage.ts";
import { callActivity } from "../call-activity.ts";
import { renderInput } from "../evaluate-value.ts";
import { fail } from "../failure-info.ts";
import type { Invocation, Outcome, StepKind } from "../invocation.ts";

/** How often a refused tool call is told to the agent before the step fails. */
const REFUSALS_ALLOWED = 1;
/** Rounds in which an agent may mend an answer that does not fit the step's output. */
const REPAIR_ROUNDS = 1;
const DEFAULT_TOOL_TIMEOUT_MS = 60_000;

/** A durable loop: one activity per model call, one per tool call, one that seals the turn. */
export const agentStep: StepKind<AgentStep> = {
  async run(invocation): Promise<Outcome> {
    const { step, run } = invocation;
    const agent = run.plan.agents[step.agent];
    const fixed = {
      agentName: step.agent,
      agent,
      prompt: renderInput(invocation, step.prompt),
      env: renderInput(invocation, step.env),
      grants: step.tools,
      tools: run.plan.tools,
    };
    let transcript: Stored | undefined;
    let repair: string | undefined;
    let repairs = 0;
    let refusals = 0;
    let repliesUsed = run.repliesUsed[step.agent]?.[replyKey(invocation)] ?? 0;
    let attempts = 1;

    for (let turn = 0; turn < step.maxTurns; turn += 1) {
      const answer = await callActivity<AgentTurn>(
        invocation,
        `agent:${step.agent}`,
        { ...fixed, turn, transcript, repliesUsed, repair },
        turn === 0 ? {} : { suffix: `turn-${turn + 1}`, summary: `${invocation.title}: turn ${turn + 1}` },
      );
      run.usage = addUsage(run.usage, answer.usage);
      attempts = Math.max(attempts, answer.attempts);
      ({ transcript, repliesUsed } = answer);
      noteReplies(invocation, repliesUsed);
      repair = undefined;

      if (answer.calls.length > 0) {
        if (answer.calls.some((call) => call.refused !== undefined)) refusals += 1;
        if (refusals > REFUSALS_ALLOWED) throw refusedAgain(answer.calls);
        transcript = await callTools(invocation, answer, turn);
      } else if (answer.invalid !== undefined) {
        if (repairs === REPAIR_ROUNDS) throw fail("agent/invalid-output", answer.invalid);
        repairs += 1;
        repair = answer.invalid;
      } else {
        return { output: answer.output ?? null, attempts, agent: `${step.agent} (${answer.model})` };
      }
    }
    throw fail("agent/too-many-turns", `${step.agent} was not done after ${step.maxTurns} model calls`);
  },
};

async function callTools(invocation: Invocation<AgentStep>, answer: AgentTurn, turn: number): Promise<Stored> {
  const results = await Promise.all(
    answer.calls.map((call, index) => callTool(invocation, call, `${turn + 1}.${index + 1}`)),
  );
  const sealed = await callActivity<{ transcript: Stored }>(
    invocation,
    `seal:${invocation.step.agent}`,
    { transcript: answer.transcript, results },
    { suffix: `seal-${turn + 1}`, summary: `${invocation.title}: results of turn ${turn + 1}`, effect: "idempotent" },
  );
  return sealed.transcript;
}

async function callTool(invocation: Invocation<AgentStep>, call: RequestedCall, number: string): Promise<SealedResult> {
  const name = `${call.tool}.${call.operation}`;
  if (call.refused !== undefined) return { id: call.id, name, content: call.refused, isError: true };
  const tool = invocation.run.plan.tools[call.tool];
  const result = await callActivity<ActionResult>(
    invocation,
    name,
    { toolName: call.tool, tool, operation: call.operation, with: call.with, forAgent: true, output: undefined },
    {
      suffix: `call-${number}`,
      summary: `${invocation.title}: ${name}`,
      effect: tool?.operations[call.operation]?.effect ?? "at-most-once",
      timeoutMs: tool?.timeoutMs ?? DEFAULT_TOOL_TIMEOUT_MS,
    },
  );
  return { id: call.id, name, content: result.output, isError: result.isError ?? false };
}

function refusedAgain(calls: readonly RequestedCall[]): Error {
  const refused = calls.filter((call) => call.refused !== undefined).map((call) => `${call.tool}.${call.operation}`);
  return fail(
    "agent/refused-tool",
    `the agent asked again for a tool that this step does not grant: ${refused.join(", ")}`,
  );
}

function noteReplies(invocation: Invocation<AgentStep>, used: number): void {
  (invocation.run.repliesUsed[invocation.step.agent] ??= {})[replyKey(invocation)] = used;
}

/** Replies are counted by step and item; rounds of a repeat go on where the last one was. */
function replyKey({ step, index }: Invocation<AgentStep>): string {
  return index === undefined ? step.path : `${step.path}[${index}]`;
}
