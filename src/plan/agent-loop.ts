import type { RequestedCall, SealedResult } from "./activity.ts";
import type { Stored } from "./artifact.ts";
import type { Plan, ToolSpec } from "./plan.ts";
import type { AgentStep, Step } from "./step.ts";

/** What ends the loop of an agent that goes round in circles; 0 turns a guard off. */
export interface Guards {
  /** So often the same calls with the same results, turn by turn or in a cycle of a few turns. @default 5 */
  readonly identicalCalls: number;
  /** So many turns in a row that bring no result that is new. @default 10 */
  readonly noProgress: number;
  /** Operations that an agent may call again and again while it waits for something: `server.operation`, `server.*`. */
  readonly polling: readonly string[];
}

/** An agent that another one may ask as if it were a tool. */
export interface SubAgent {
  /** Name of the agent in the plan. */
  readonly agent: string;
  /** What the asking agent is told of it. */
  readonly description: string;
  /** Granted operations, as in a step. */
  readonly tools: readonly string[];
  /** Tools that it reaches in another way than the plan's `tools` say. */
  readonly toolSpecs?: { readonly [tool: string]: ToolSpec };
  /** Names of sub-agents of the same step that it may ask itself. */
  readonly agents: readonly string[];
  readonly maxTurns: number;
  readonly maxCalls: number;
  /** Above 0, at most 1: what one call of it may use up of the budget of the step. */
  readonly budgetShare?: number;
}

/** Who is asked where an agent cannot give what the step needs. */
export interface AskInstead {
  readonly approvers: readonly string[];
  readonly expiresMs?: number;
}

/** How far one agent is on one step: a run that goes on in a new history takes it along. */
export interface AgentProgress {
  /** Model calls that are answered. */
  turns: number;
  /** Tool calls that were asked for. */
  calls: number;
  attempts: number;
  repairs: number;
  refusals: number;
  repliesUsed: number;
  transcript?: Stored | undefined;
  /** What every call says anew, where that is much: in the store. */
  setup?: Stored | undefined;
  /** What is wrong with the last answer, and what else the agent is told before its next turn. */
  repair?: string | undefined;
  note?: string | undefined;
  model: string;
  /** The turn whose tool calls are under way. */
  open?: OpenTurn | undefined;
  /** There was no money for it: this agent goes on. */
  switchedTo?: string;
  /** It has asked for a call that is to be made once. */
  acted?: boolean;
  /** An agent that it goes on for has worked. */
  hasWorked?: boolean;
  /** A program has made such a call by itself: no conversation tells of it. */
  actedUnseen?: boolean;
  /** A person is asked instead: what was wrong with the agent's last answer. */
  asking?: { readonly code: string; readonly problem: string } | undefined;
  /** How often each sub-agent was asked. */
  readonly asked: Record<string, number>;
  readonly memory: GuardMemory;
}

/** Tool calls of one turn, and what came of them so far, by place. */
export interface OpenTurn {
  readonly calls: readonly RequestedCall[];
  readonly results: (SealedResult | null)[];
  /** By place: which call of its sub-agent it is, from 1; 0 for tools. */
  readonly numbers: readonly number[];
}

/** What the guards of a loop remember. */
export interface GuardMemory {
  /** Marks of the last turns, oldest first. */
  turns: number[];
  /** Marks of results that are known. */
  seen: number[];
  /** Turns in a row without anything new. */
  idle: number;
  /** Guards that the agent has been told of. */
  told: string[];
}

/** The name under which agents see the sub-agents that they may ask. */
export const SUB_AGENT_TOOL = "agent";

/** Names of the agents in the plan that the sub-agents of a step are. */
export function subAgentsOf(step: Step): readonly string[] {
  return step.kind === "agent" ? Object.values(step.agents ?? {}).map(({ agent }) => agent) : [];
}

/** What an agent step and its sub-agents are granted: `server.operation`, `server.*`. */
export function grantsOf(step: Step): readonly string[] {
  if (step.kind !== "agent") return [];
  return [...step.tools, ...Object.values(step.agents ?? {}).flatMap(({ tools }) => tools)];
}

/** A tool as the agent of a step reaches it. */
export function toolOf({ tools }: Pick<Plan, "tools">, step: AgentStep, name: string): ToolSpec | undefined {
  return step.toolSpecs?.[name] ?? tools[name];
}

/** Names of the tools that an agent step or one of its sub-agents is granted. */
export function grantedTools(step: Step): readonly string[] {
  return [...new Set(grantsOf(step).map((grant) => grant.split(".", 1)[0] as string))];
}
