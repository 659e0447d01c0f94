// The durable loop of one agent: one activity a model call, one a tool call, one that seals the turn. `step-kinds/agent.ts`
// says which agent works; `call-model.ts` makes the model calls, `call-tools.ts` the calls of a turn, `guards.ts` sees
// loops that go nowhere, `ask-sub-agent.ts` lets an agent ask another one. Start here.
import { isCancellation } from "@temporalio/workflow";
import type { AgentProgress } from "../../plan/agent-loop.ts";
import type { AgentTurn, RoutedCall } from "../../plan/activity.ts";
import type { Stored } from "../../plan/artifact.ts";
import type { AgentStep } from "../../plan/step.ts";
import { fail } from "../failure-info.ts";
import type { Invocation, Outcome } from "../invocation.ts";
import { SKIPPED, SUSPENDED } from "../run-state.ts";
import { findFault } from "../verify-result.ts";
import { askInstead } from "./ask-instead.ts";
import { callModel } from "./call-model.ts";
import { callTools, openTurn } from "./call-tools.ts";
import { type Left, noteActs, noteOwnActs } from "./hand-over.ts";
import { freshMemory } from "./guards.ts";
import { holdBetweenTurns } from "./hold-between-turns.ts";
import { noteReplies, usedReplies } from "./replies.ts";

/** Rounds in which an agent may mend an answer, where the plan does not say. */
const REPAIR_ROUNDS = 1;

/** One agent at work on a step. */
export interface AgentTry {
  /** Name of the agent in the plan. */
  readonly agent: string;
  /** Stands before what tells the activities of this agent from those of another that works on the same step; empty for the first. */
  readonly prefix: string;
  /** Only where the step may have several agents. */
  readonly routed?: RoutedCall;
  /** Told where it fails: who stopped, and how far it was. */
  readonly onLeft?: (left: Left) => void;
  /** Of a sub-agent: the arguments of the call, and its share of the budget. */
  readonly task?: Stored;
  readonly budgetShare?: number | undefined;
}

/**
 * Lets an agent work until it answers. Rejects with `ActivityFailure`, a failure with a code `agent/…`, or `SUSPENDED`: then it
 * goes on in the next history where it is called again.
 */
export async function runAgent(invocation: Invocation<AgentStep>, work: AgentTry): Promise<Outcome> {
  const { run } = invocation;
  const key = keyOf(invocation, work);
  const progress = openProgress(invocation, work);
  try {
    const outcome = await goOn(invocation, work, progress);
    run.agents.delete(key);
    return outcome;
  } catch (error) {
    work.onLeft?.({ step: invocation.step, agent: work.agent, progress });
    leaveProgress(invocation, key, error);
    throw error;
  }
}

/** How far the agent is: where an earlier history has left it, or at the beginning. */
export function openProgress(invocation: Invocation<AgentStep>, work: AgentTry): AgentProgress {
  const { agents } = invocation.run;
  const key = keyOf(invocation, work);
  const progress = agents.get(key) ?? begin(invocation, work);
  agents.set(key, progress);
  return progress;
}

/** Forgets how far an agent is that has ended so, unless it goes on in the next history, or its undo is told that it had begun. */
export function leaveProgress({ run, step }: Invocation<AgentStep>, key: string, error: unknown): void {
  if (error === SUSPENDED || isCancellation(error) || (error === SKIPPED && step.undo !== undefined)) return;
  run.agents.delete(key);
}

/** Lets an agent that has not begun do so with what another one has left. */
export function inheritProgress(
  invocation: Invocation<AgentStep>,
  work: AgentTry,
  inherited: Partial<AgentProgress>,
): void {
  const { agents } = invocation.run;
  const key = keyOf(invocation, work);
  if (!agents.has(key)) agents.set(key, { ...begin(invocation, work), ...inherited });
}

/** Names the progress of an agent among those of a run. */
export function keyOf({ path }: Invocation, { prefix }: AgentTry): string {
  return prefix === "" ? path : `${path}/${prefix}`;
}

function begin(invocation: Invocation<AgentStep>, { agent }: AgentTry): AgentProgress {
  return {
    turns: 0,
    calls: 0,
    attempts: 1,
    repairs: 0,
    refusals: 0,
    repliesUsed: usedReplies(invocation, agent),
    model: "",
    asked: {},
    memory: freshMemory(),
  };
}

async function goOn(invocation: Invocation<AgentStep>, work: AgentTry, progress: AgentProgress): Promise<Outcome> {
  const { step } = invocation;
  for (;;) {
    if (progress.asking !== undefined) return askInstead(invocation, work, progress);
    if (progress.open !== undefined) await callTools(invocation, work, progress);
    if (progress.turns >= step.maxTurns)
      throw fail("agent/too-many-turns", `${work.agent} was not done after ${step.maxTurns} model calls`);
    const held = holdBetweenTurns(invocation);
    if (held !== undefined) await held;

    const answer = await callModel(invocation, work, progress);
    noteReplies(invocation, work.agent, progress.repliesUsed);
    noteOwnActs(invocation, progress, Object.keys(answer.ownCalls ?? {}));
    if (answer.calls.length > 0) {
      noteActs(invocation, progress, answer.calls);
      openTurn(invocation, work, { progress, calls: answer.calls });
      continue;
    }
    const outcome = outcomeOf(work, progress, answer);
    const fault =
      answer.invalid === undefined
        ? await faultOf(invocation, outcome)
        : ({ code: "agent/invalid-output", problem: answer.invalid } as const);
    if (fault === undefined) return outcome;
    mend(step, progress, fault);
  }
}

function outcomeOf({ agent }: AgentTry, { attempts, model }: AgentProgress, { output }: AgentTurn): Outcome {
  return { output: output ?? null, attempts, agent: `${agent} (${model})` };
}

/** What speaks against an answer that fits; plans without guards verify it outside of the loop. */
function faultOf(invocation: Invocation<AgentStep>, outcome: Outcome): Promise<Fault | undefined> | undefined {
  const { guards, verify, verifyRun } = invocation.step;
  if (guards === undefined || (verify === undefined && verifyRun === undefined)) return undefined;
  return findFault(invocation, outcome).then((problem) =>
    problem === undefined ? undefined : { code: "step/verify-failed", problem },
  );
}

/** Why an answer is not taken. */
type Fault = NonNullable<AgentProgress["asking"]>;

/** Lets the agent try again, then a person; else throws the step's failure. */
function mend({ repairRounds = REPAIR_ROUNDS, onInvalid }: AgentStep, progress: AgentProgress, fault: Fault): void {
  if (progress.repairs < repairRounds) {
    progress.repairs += 1;
    progress.repair = fault.problem;
  } else if (onInvalid === undefined) {
    // Whoever goes on with the conversation is told.
    progress.repair = fault.problem;
    throw fail(fault.code, fault.problem);
  } else progress.asking = fault;
}
