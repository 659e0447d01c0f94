import type { Charge, Refusal } from "./budget.ts";
import type { Stored } from "./artifact.ts";
import type { CarriedState, PackedState } from "./carried-state.ts";
import type { ItemList } from "./loop-parts.ts";
import type { StartArguments } from "./messages.ts";
import type { AgentSpec } from "./agent-spec.ts";
import type { Effect, OutputSpec, ToolSpec } from "./plan.ts";
import type { Permission } from "./permissions.ts";
import type { Pins } from "./pins.ts";
import type { PriceList } from "./price.ts";
import type { Usage } from "./report.ts";
import type { FailoverCause, Route, RouteDecision } from "./route.ts";
import type { Retry } from "./step.ts";
import type { Template } from "./template.ts";

/** What every activity of ours is told. Templates in it are resolved inside the activity (artifacts, secrets). */
export interface ActivityCall {
  /** Stable over attempts, worker deaths and resets to an earlier step: hash input for outside services. */
  readonly idempotencyKey: string;
  /** Step path with loop indexes, e.g. `deploy[2]`. */
  readonly stepPath: string;
  readonly stepId: string;
  /** Index of the item in a for-each. */
  readonly itemIndex?: number;
  readonly effect: Effect;
  /** Of one attempt, enforced by the activity itself. */
  readonly timeoutMs: number;
  /** Counts failures of the step; a worker's death uses up nothing. */
  readonly retry: Retry;
  /** Of a local activity that was put off: failures before that. */
  readonly failuresBefore?: number;
  readonly projectDir: string;
  readonly output?: OutputSpec;
  readonly env: { readonly [name: string]: Template };
  /** Secrets that the run declares: masked wherever they turn up, also in a step that is not given them. */
  readonly secrets?: readonly string[];
}

/** Input of the activity `script`. */
export interface ScriptCall extends ActivityCall {
  readonly shell: string;
  readonly body: string;
  readonly with: Template;
  readonly workdir?: string;
}

/** Input of an activity `TOOL.OPERATION`. */
export interface ToolCall extends ActivityCall {
  readonly toolName: string;
  readonly tool: ToolSpec;
  readonly operation: string;
  readonly with: Template;
  /** Called by an agent: a failure of the tool is told to the agent instead of failing the step. */
  readonly forAgent?: boolean;
  readonly pins?: Pins;
  /** Only where the call has a price. */
  readonly payer?: Payer;
  readonly charge?: Charge;
}

/** In whose name a tool call is paid. */
export interface Payer {
  readonly run: string;
  readonly workflow: string;
  /** The agent that makes the call; absent where a step does itself. */
  readonly agent?: string;
  /** As in `AgentCall`. */
  readonly budgetShare?: number;
  /** Id of the model call that makes it by itself. */
  readonly within?: string;
}

/** Input of an activity `agent:NAME`: one model call. */
export interface AgentCall extends ActivityCall {
  readonly agentName: string;
  readonly agent: AgentSpec;
  /** The run in whose name the call is made, and its workflow: what it costs is theirs. */
  readonly run: string;
  readonly workflow: string;
  /** Where more than the run alone is charged, or anything keeps the call in bounds. */
  readonly charge?: Charge;
  /** Empty once there is a transcript, which begins with it. */
  readonly prompt: Template;
  /** Granted operations, `server.operation` or `server.*`. */
  readonly grants: readonly string[];
  readonly tools: { readonly [name: string]: ToolSpec };
  /** What the step lets an agent do that is a program. @default what the agent's own settings say */
  readonly permissions?: readonly Permission[];
  readonly pins?: Pins;
  /** Most tool calls of an agent that makes them by itself. */
  readonly maxCalls?: number;
  /** From 0. */
  readonly turn: number;
  /** The conversation so far; absent on the first turn, unless another agent has begun it. */
  readonly transcript?: Stored;
  /** How many replies of a recorded agent this step's item has used. */
  readonly repliesUsed: number;
  /** Only where the step may have several agents. */
  readonly routed?: RoutedCall;
  /** Set on a repair round: what was wrong with the answer. */
  readonly repair?: string;
  /** What the agent is told besides; on a first turn before the prompt. */
  readonly note?: string;
  /** Agents that it may ask: what it is told of each. */
  readonly subAgents?: { readonly [name: string]: string };
  /** The arguments `{task}` of the call of a sub-agent, which are its prompt. */
  readonly task?: Stored;
  /** Of a sub-agent: what it may use up of the budget of the step whose path comes before its own. */
  readonly budgetShare?: number;
  /** More fields of this call, in the store. */
  readonly setup?: Stored;
}

/** How the agent of a call came to be chosen, and what happens when it does not work. */
export interface RoutedCall {
  readonly decision: RouteDecision;
  /** What makes another agent take over: then nothing is waited for. Empty where there is no other. */
  readonly handsOverOn: readonly FailoverCause[];
}

/** Input of the activity `choose-agent`. Its result is a `RouteChoice`. */
export interface ChooseCall extends ActivityCall {
  readonly route: Route;
  /** Those that the route names. */
  readonly agents: { readonly [name: string]: AgentSpec };
  readonly run: string;
  readonly workflow: string;
  readonly prompt: Template;
  /** Agents that failed in this run a short while ago. */
  readonly resting: readonly string[];
  /** Of the project. */
  readonly prices?: PriceList;
  /** Who would pay, where more than the run alone does, or anything keeps calls in bounds. */
  readonly charge?: Charge;
}

/** A tool call that a model asks for. */
export interface RequestedCall {
  /** The provider's id of the call. */
  readonly id: string;
  readonly tool: string;
  readonly operation: string;
  readonly with: Stored;
  /** Set when it is not granted: told to the agent as a tool error, once. */
  readonly refused?: string;
  /** Set when its arguments are of no use: told to the agent as a tool error. */
  readonly misfit?: string;
}

/** Result of one model call. */
export interface AgentTurn {
  readonly transcript: Stored;
  /** Empty when the agent has answered. */
  readonly calls: readonly RequestedCall[];
  /** The answer, when there are no calls and it fits the step's output. */
  readonly output?: Stored;
  /** The answer does not fit: why. */
  readonly invalid?: string;
  /** The call was not made: there is no money for it. Nothing else of the turn means anything then. */
  readonly refusal?: Refusal;
  /** What somebody should know, such as how much of a budget is used. */
  readonly notices?: readonly string[];
  readonly usage: Usage;
  readonly model: string;
  readonly repliesUsed: number;
  readonly attempts: number;
  /** An attempt of it was broken off, so it had begun. */
  readonly interrupted?: boolean;
  /** Of operations that the run had not seen before. */
  readonly pins?: Pins;
  /** How often a program called each operation by itself; for people who look into the history. */
  readonly ownCalls?: { readonly [operation: string]: number };
}

/** Input of the activity that seals a turn: puts the tools' results into the transcript. */
export interface SealCall extends ActivityCall {
  readonly transcript: Stored;
  readonly results: readonly SealedResult[];
}

/** What came of one requested call. */
export interface SealedResult {
  readonly id: string;
  readonly name: string;
  readonly content: Stored;
  readonly isError: boolean;
}

/** Result of `script` and of a tool call. */
export interface ActionResult {
  readonly output: Stored;
  /** A tool told an agent of a failure. */
  readonly isError?: boolean;
  readonly attempts: number;
  /** What the call cost, where the tool's declaration says so. */
  readonly usd?: number;
  /** As in `AgentTurn`. */
  readonly refusal?: Refusal;
  readonly notices?: readonly string[];
  readonly pins?: Pins;
}

/** Input of the activity `read-undo`: what is left to be taken back of a child run. */
export interface ReadUndoCall extends ActivityCall {
  readonly childRun: string;
  /** A run of that id that this one, or a part of a loop of its, has not started is not meant. */
  readonly parent: string;
}

/** Result of `read-undo`. */
export interface LeftToUndo {
  /** Some of what the child did has been taken back already. */
  readonly hasUndone: boolean;
  /** The server does not have the child; a run of its id is another one. */
  readonly isGone?: true;
  /** The rollback to start, where anything is left. */
  readonly rollback?: {
    readonly run: string;
    readonly workflow: string;
    readonly args: StartArguments & { readonly carried: CarriedState | PackedState };
    readonly memo: { readonly [name: string]: string };
  };
}

/** Input of the activity `evaluate`: values that the workflow itself cannot read. */
export interface EvaluateCall extends ActivityCall {
  readonly template: Template;
  /** A list is one value, too. @default false */
  readonly whole?: boolean;
  /** For a for-each: a list that is too long for one run stays in the store. */
  readonly asItems?: boolean;
}

/** Result of `evaluate`: a list keeps its items apart, so that a for-each never holds more than it must. */
export interface Evaluated {
  readonly value?: Stored;
  readonly list?: readonly Stored[];
  readonly items?: ItemList;
}
