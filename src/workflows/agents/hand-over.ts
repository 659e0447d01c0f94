// One agent goes on for another: after a failure (`fail-over.ts`), or for want of money (`run-with-money.ts`). It is given the
// conversation, so that what is done is not done again; where nobody knows what is done, nobody goes on.
import { type AgentProgress, type OpenTurn, toolOf } from "../../plan/agent-loop.ts";
import type { RequestedCall, SealedResult } from "../../plan/activity.ts";
import { splitOperation } from "../../plan/operation-name.ts";
import type { Effect } from "../../plan/plan.ts";
import { programSettings } from "../../plan/programs.ts";
import type { AgentStep } from "../../plan/step.ts";
import type { Invocation } from "../invocation.ts";
import type { RunState } from "../run-state.ts";
import { type AgentTry, inheritProgress } from "./run-agent.ts";

/** An agent that does not go on, and how far it was. */
export interface Left {
  /** As this agent had it. */
  readonly step: AgentStep;
  readonly agent: string;
  readonly progress: AgentProgress;
}

/** Why it does not go on. */
export interface Stop {
  readonly code: string;
  /** Something was asked of it: what a program has done then is not known. */
  readonly hasBegun: boolean;
  /** Of a program, where it came to say so: whether it has made a call that is to be made once. */
  readonly hasActed?: boolean | undefined;
}

/** What an agent that goes on for another begins with. */
export type GoesOnWith = "conversation" | "prompt";

/** The code of a `Stop` for want of money. */
export const NO_MONEY = "budget/exceeded";

/** Where the conversation itself is the trouble a fresh start is better, as long as it repeats nothing. */
const SPOILT = new Set(["agent/context-full", "agent/looping", "agent/no-progress"]);

/** Why nobody may go on for an agent; undefined where somebody may. */
export function whyNobodyGoesOn(
  run: RunState,
  { step, agent, progress }: Left,
  { code, hasBegun, hasActed }: Stop,
): string | undefined {
  const unknown = callsWithoutEnd(progress.open, code).find((call) => effectOf(run, step, call) === "at-most-once");
  if (unknown !== undefined) return `nobody knows whether ${unknown.tool}.${unknown.operation} took effect`;
  const isProgram = programSettings(run.plan.agents[agent]?.kind ?? "") !== undefined;
  if (!isProgram) return undefined;
  if (hasActed === true || progress.actedUnseen === true)
    return `${agent} has called a tool that is to be called once, and who goes on would not know`;
  const act = step.tools.find((grant) => effectOf(run, step, splitOperation(grant)) === "at-most-once");
  if (!hasBegun || hasActed === false || act === undefined) return undefined;
  return `${agent} makes its tool calls by itself, and may have called ${act}`;
}

/** Lets an agent begin where another one has stopped. */
export function handOver(invocation: Invocation<AgentStep>, { left, stop, next }: Handover): GoesOnWith {
  const { progress, agent } = left;
  const isSpoilt = SPOILT.has(stop.code) && progress.acted !== true;
  const hasConversation = progress.transcript !== undefined && !isSpoilt;
  const isProgram = programSettings(invocation.run.plan.agents[agent]?.kind ?? "") !== undefined;
  const told =
    isProgram && stop.hasBegun
      ? `${agent} worked on this before you and could not finish (${stop.code}). Some of it may be done: look before you act, do not do a second time what is done, and finish the rest.`
      : undefined;
  // What it was to be told and has not heard is for the next one.
  const notes = [isSpoilt ? [] : (progress.note ?? []), told ?? []].flat();
  inheritProgress(invocation, next, {
    asked: progress.asked,
    ...(progress.acted === true ? { acted: true } : {}),
    ...(progress.turns > 0 || progress.hasWorked === true || (isProgram && stop.hasBegun) ? { hasWorked: true } : {}),
    ...(hasConversation
      ? { transcript: progress.transcript, repair: progress.repair, open: ended(progress.open, stop) }
      : {}),
    note: notes.length === 0 ? undefined : notes.join("\n\n"),
  });
  return hasConversation ? "conversation" : "prompt";
}

/** Who stopped, why, and who goes on. */
interface Handover {
  readonly left: Left;
  readonly stop: Stop;
  readonly next: AgentTry;
}

/** Notes calls that are to be made once. What a sub-agent calls counts as such. */
export function noteActs(
  { run, step }: Invocation<AgentStep>,
  progress: AgentProgress,
  calls: readonly RequestedCall[],
) {
  const acts = calls.some((call) => call.refused === undefined && effectOf(run, step, call) === "at-most-once");
  if (acts) progress.acted = true;
}

/** Notes calls that a program has made by itself, `tool.operation` each. */
export function noteOwnActs({ run, step }: Invocation<AgentStep>, progress: AgentProgress, calls: readonly string[]) {
  if (calls.some((name) => effectOf(run, step, splitOperation(name)) === "at-most-once")) progress.actedUnseen = true;
}

/** Of operations that nobody has declared, and of all of a server, it is not known. */
function effectOf(
  run: RunState,
  step: AgentStep,
  { tool, operation }: { readonly tool: string; readonly operation: string },
): Effect {
  return toolOf(run.plan, step, tool)?.operations[operation]?.effect ?? "at-most-once";
}

/** Calls that there was no money for were not made: who goes on makes them. */
function callsWithoutEnd(open: OpenTurn | undefined, code: string): readonly RequestedCall[] {
  if (code === NO_MONEY) return [];
  const calls = open?.calls.filter((_, place) => open.results[place] === null) ?? [];
  // These are not made in any case.
  return calls.filter(({ refused, misfit }) => refused === undefined && misfit === undefined);
}

/** A turn in which no call is under way any more: who goes on is told of each. */
function ended(open: OpenTurn | undefined, { code }: Stop): OpenTurn | undefined {
  if (open === undefined || code === NO_MONEY) return open;
  const results = open.results.map((result, place): SealedResult => {
    const { id, tool, operation } = open.calls[place] as RequestedCall;
    return result ?? { id, name: `${tool}.${operation}`, content: `the call did not end (${code})`, isError: true };
  });
  return { ...open, results };
}
