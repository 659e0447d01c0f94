import type { AgentProgress } from "../../plan/agent-loop.ts";
import type { AgentStep } from "../../plan/step.ts";
import { fail } from "../failure-info.ts";
import type { Invocation, Outcome } from "../invocation.ts";
import { note } from "../notices.ts";
import { handOver, NO_MONEY, whyNobodyGoesOn } from "./hand-over.ts";
import { SwitchAgent } from "./make-room.ts";
import { type AgentTry, keyOf, leaveProgress, openProgress, runAgent } from "./run-agent.ts";
import { stepOfAgent } from "./step-of-agent.ts";

/**
 * Lets an agent work until it answers; where there is no money for it, the cheaper one that the budget names goes on in its place,
 * where it can and nothing is repeated by it.
 */
export function runWithMoney(
  invocation: Invocation<AgentStep>,
  work: AgentTry,
  tried: readonly string[] = [],
): Promise<Outcome> {
  const progress = openProgress(invocation, work);
  if (progress.switchedTo !== undefined) return goOnFor(invocation, work, { progress, tried });
  return runAgent(invocation, work).catch((error: unknown) => {
    if (!(error instanceof SwitchAgent)) throw error;
    switchAgent(invocation, work, { progress, tried, error });
    return goOnFor(invocation, work, { progress, tried });
  });
}

/** An agent that there is no money for, and those before it. */
interface Switched {
  readonly progress: AgentProgress;
  readonly tried: readonly string[];
}

/** Notes who goes on. Throws `budget/exceeded` where nobody may. */
function switchAgent(
  invocation: Invocation<AgentStep>,
  work: AgentTry,
  { progress, tried, error }: Switched & { readonly error: SwitchAgent },
): void {
  const { run, path, step } = invocation;
  const { message, switchTo: agent = "", handover } = error.refusal;
  const refuse = (why: string) => fail(NO_MONEY, `${message}; ${why}`);
  // A budget that a run has from above may name an agent that only the plan above it has.
  if (run.plan.agents[agent] === undefined) throw refuse(`${run.plan.name} has no agent ${agent} to go on`);
  if (tried.includes(agent)) throw refuse(`there is no money for ${agent} either`);
  const own = stepOfAgent(step, agent);
  if ("unfit" in own) throw refuse(`${agent} cannot go on: it ${own.unfit}`);
  const left = { step, agent: work.agent, progress };
  // Of turns that were answered it is noted what a program has called in them.
  const hasActed = error.hasBegun ? undefined : false;
  const stop = { code: NO_MONEY, hasBegun: error.hasBegun || progress.turns > 0, hasActed };
  const why = handover === undefined ? undefined : whyNobodyGoesOn(run, left, stop);
  if (why !== undefined) throw refuse(`${agent} does not go on: ${why}`);
  const next = nextTry(work, agent);
  const goesOnWith = handover === undefined ? "prompt" : handOver(invocation, { left, stop, next });
  progress.switchedTo = agent;
  const how = progress.transcript === undefined ? "" : `, with the ${goesOnWith}`;
  note(run, `${path}: ${agent} goes on for ${work.agent}${how}: ${message}`);
}

/** Lets the cheaper agent work; a new history of the run knows that it does. */
function goOnFor(invocation: Invocation<AgentStep>, work: AgentTry, { progress, tried }: Switched): Promise<Outcome> {
  const agent = progress.switchedTo as string;
  const own = stepOfAgent(invocation.step, agent);
  const step = "unfit" in own ? invocation.step : own.step;
  const { agents } = invocation.run;
  const key = keyOf(invocation, work);
  agents.set(key, progress);
  return runWithMoney({ ...invocation, step }, nextTry(work, agent), [...tried, work.agent]).then(
    (outcome) => {
      agents.delete(key);
      return outcome;
    },
    (error: unknown) => {
      leaveProgress(invocation, key, error);
      throw error;
    },
  );
}

function nextTry(work: AgentTry, agent: string): AgentTry {
  return { ...work, agent, prefix: `${work.prefix}${agent}-` };
}
