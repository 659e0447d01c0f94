// The durable loop of one agent: one activity a model call, one a tool call, one that seals the turn. `step-kinds/agent.ts`
// says which agent works; `call-tools.ts` makes the calls of a turn. Start here.
import type { AgentTurn } from "../../plan/activity.ts";
import type { Stored } from "../../plan/artifact.ts";
import type { AgentStep } from "../../plan/step.ts";
import { callActivity } from "../call-activity.ts";
import { renderInput } from "../evaluate-value.ts";
import { fail } from "../failure-info.ts";
import type { Invocation, Outcome } from "../invocation.ts";
import { noteUsage } from "../note-usage.ts";
import { callTools, refusedAgain } from "./call-tools.ts";

/** How often a refused tool call is told to the agent before the step fails. */
const REFUSALS_ALLOWED = 1;
/** Rounds in which an agent may mend an answer that does not fit the step's output. */
const REPAIR_ROUNDS = 1;

/** One agent at work on a step. */
export interface AgentTry {
  /** Name of the agent in the plan. */
  readonly agent: string;
  /** Stands before what tells the activities of this agent from those of another that works on the same step; empty for the first. */
  readonly prefix: string;
}

/** Lets an agent work until it answers. Rejects with `ActivityFailure`, or a failure with a code `agent/…`. */
export async function runAgent(invocation: Invocation<AgentStep>, work: AgentTry): Promise<Outcome> {
  const { step, run, state } = invocation;
  const agent = run.plan.agents[work.agent];
  const fixed = {
    agentName: work.agent,
    agent,
    run: run.keyId,
    workflow: run.plan.name,
    prompt: renderInput(invocation, step.prompt),
    env: renderInput(invocation, step.env),
    grants: step.tools,
    tools: run.plan.tools,
    permissions: step.permissions,
  };
  let transcript: Stored | undefined;
  let repair: string | undefined;
  let repairs = 0;
  let refusals = 0;
  let repliesUsed = run.repliesUsed[work.agent]?.[replyKey(invocation)] ?? 0;
  let attempts = 1;

  for (let turn = 0; turn < step.maxTurns; turn += 1) {
    const answer = await callActivity<AgentTurn>(
      invocation,
      `agent:${work.agent}`,
      { ...fixed, turn, transcript, repliesUsed, repair },
      namesOfTurn(invocation, work, turn),
    );
    noteUsage(run, state, answer.usage);
    attempts = Math.max(attempts, answer.attempts);
    ({ transcript, repliesUsed } = answer);
    noteReplies(invocation, work.agent, repliesUsed);
    repair = undefined;

    if (answer.calls.length > 0) {
      if (answer.calls.some((call) => call.refused !== undefined)) refusals += 1;
      if (refusals > REFUSALS_ALLOWED) throw refusedAgain(answer.calls);
      transcript = await callTools(invocation, work, { turn, answer });
    } else if (answer.invalid !== undefined) {
      if (repairs === REPAIR_ROUNDS) throw fail("agent/invalid-output", answer.invalid);
      repairs += 1;
      repair = answer.invalid;
    } else {
      return { output: answer.output ?? null, attempts, agent: `${work.agent} (${answer.model})` };
    }
  }
  throw fail("agent/too-many-turns", `${work.agent} was not done after ${step.maxTurns} model calls`);
}

/** The first call of the first agent has the step's own path and title. */
function namesOfTurn({ title }: Invocation, { prefix }: AgentTry, turn: number) {
  if (turn === 0 && prefix === "") return {};
  return { suffix: `${prefix}turn-${turn + 1}`, summary: `${title}: turn ${turn + 1}` };
}

function noteReplies(invocation: Invocation<AgentStep>, agent: string, used: number): void {
  (invocation.run.repliesUsed[agent] ??= {})[replyKey(invocation)] = used;
}

/** Replies are counted by step and item; rounds of a repeat go on where the last one was. */
function replyKey({ step, index }: Invocation<AgentStep>): string {
  return index === undefined ? step.path : `${step.path}[${index}]`;
}
