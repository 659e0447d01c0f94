import type { ToolSpec } from "./plan.ts";
import type { Step } from "./step.ts";

/** How one of several agents is chosen. */
export const STRATEGIES = [
  "capability_match",
  "lowest_cost",
  "highest_quality",
  "balanced",
  "round_robin",
  "random",
  "priority",
  "least_loaded",
] as const;

/** Name of a strategy. */
export type StrategyName = (typeof STRATEGIES)[number];

/** What the scores of an agent count for; together 1 by default. */
export interface Weights {
  readonly capability: number;
  readonly cost: number;
  readonly quality: number;
  readonly availability: number;
  readonly load: number;
}

/** Used where a route says nothing else. */
export const DEFAULT_WEIGHTS: Weights = { capability: 0.3, cost: 0.2, quality: 0.25, availability: 0.15, load: 0.1 };

/** What hands a step over to the next agent. */
export const FAILOVER_CAUSES = ["failure", "timeout", "breaker", "health"] as const;

/** Name of a cause. */
export type FailoverCause = (typeof FAILOVER_CAUSES)[number];

/** What becomes of a step whose first choice costs too much. */
export type OverBudget = "reject" | "switch_agent" | "queue";

/** Which agents a step may have, and how one is chosen. Only in steps that leave something to choose. */
export interface Route {
  /** The agent that the file names first. */
  readonly primary?: string;
  /** Asked in this order when the chosen agent fails. */
  readonly fallback: readonly string[];
  /** Absent: the first in order that nothing speaks against. */
  readonly strategy?: StrategyName;
  /** Everybody who may be asked, in the order of the file. */
  readonly candidates: readonly RouteCandidate[];
  /** Whom the file names and its rules leave out. */
  readonly rejected: readonly RejectedCandidate[];
  readonly weights: Weights;
  /** Most that one call may cost, by estimate. */
  readonly maxUsd?: number;
  readonly maxLatencyMs?: number;
  /** @default "switch_agent" */
  readonly overBudget: OverBudget;
  /** What becomes of a step when nobody is free. @default "reject" */
  readonly ifNone: "reject" | "queue";
  /**
   * An agent that takes the step over goes on with the conversation, and a budget is looked at before one is chosen. Plans of before
   * 0.2 have it not: the next agent begins with the prompt.
   */
  readonly handover?: "conversation";
  /** How long a step may wait for an agent. @default 1 h */
  readonly maxQueueMs: number;
  /** @default 2 */
  readonly maxFailovers: number;
  /** @default all */
  readonly failoverOn: readonly FailoverCause[];
  /** For so long an agent that failed is asked last in this run. @default 5 min */
  readonly retryPrimaryAfterMs: number;
}

/** An agent that may be chosen. */
export interface RouteCandidate {
  readonly agent: string;
  /** 0 to 1: how well its capabilities fit. */
  readonly capability: number;
  readonly isPreferred: boolean;
  /** Asked only where the others fail or cannot be asked. */
  readonly isReserve: boolean;
  /** Tools that it reaches in another way than the plan's `tools` say. */
  readonly toolSpecs?: { readonly [tool: string]: ToolSpec };
}

/** An agent that a rule left out, and the rule. */
export interface RejectedCandidate {
  readonly agent: string;
  readonly rule: string;
}

/** What a choice comes to. */
export type RouteDecision = "use_primary" | "use_fallback" | "switch_agent" | "reject" | "queue";

/** One agent in the table of a choice. */
export interface ScoredCandidate {
  readonly agent: string;
  readonly scores: Weights;
  readonly total: number;
  /** Of one call; null where the price is not known. */
  readonly estimateUsd: number | null;
  /** Calls under way over all workers. */
  readonly inFlight: number;
  /** The rule that speaks against it. */
  readonly rejected?: string;
}

/** A choice: who is asked, whom after that, and why. */
export interface RouteChoice {
  readonly decision: RouteDecision;
  /** In the order in which they are asked; empty for `reject` and `queue`. */
  readonly order: readonly string[];
  readonly reason: string;
  readonly estimateUsd: number | null;
  /** US dollars that the budgets of run and step left; absent where they limit none. */
  readonly budgetLeftUsd?: number;
  readonly candidates: readonly ScoredCandidate[];
  /** `queue`: when to ask again. */
  readonly againAfterMs?: number;
}

/** How far a step with several agents is: a run that goes on in a new history takes it along. */
export interface OpenRoute {
  choice: RouteChoice;
  /** Place in the order of who works now. */
  at: number;
  /** Of histories from before 0.2: who works now has called a tool that is to be called once. */
  readonly couldRepeat?: boolean;
}

/** What a report says of the choice of a step. */
export interface RouteReport {
  readonly decision: RouteDecision;
  readonly reason: string;
  /** US dollars of one call. */
  readonly estimate: number | null;
  /** US dollars that the budgets of run and step left when it was made; absent where they limit none. */
  readonly budgetLeftUsd?: number;
  /** Where there was a choice. */
  readonly candidates?: readonly ScoredCandidate[];
}

/** Why a step was handed over. */
export type FailoverReason =
  | "initialization_failed"
  | "health_check_failed"
  | "step_execution_failed"
  | "timeout"
  | "circuit_breaker_open";

/** One handing over of a step to another agent. */
export interface FailoverEvent {
  /** ISO 8601 UTC. */
  readonly timestamp: string;
  readonly from_agent: string;
  readonly to_agent: string;
  readonly reason: FailoverReason;
  /** What the other agent began with: all that was said and done before it, or the step's prompt alone. */
  readonly goes_on_with: "conversation" | "prompt";
  /** Place of the step in the report, from 0. */
  readonly step_index: number;
  /** Path of the invocation: with the index of the item in a loop. */
  readonly step: string;
  readonly error: { readonly code: string; readonly message: string };
}

/** Every agent that may work on a step. */
export function agentsOfStep(step: Step): readonly string[] {
  if (step.kind !== "agent") return [];
  return step.route === undefined ? [step.agent] : step.route.candidates.map(({ agent }) => agent);
}
