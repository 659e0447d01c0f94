import type { Budget } from "./budget.ts";
import type { PackedPlan } from "./fold-plan.ts";
import type { AskInstead, Guards, SubAgent } from "./agent-loop.ts";
import type { Effect, Field, OutputSpec, ToolSpec } from "./plan.ts";
import type { Permission } from "./permissions.ts";
import type { Route } from "./route.ts";
import type { Template } from "./template.ts";

/** Where a step stands in its file; lines and columns from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What every step has. Retries and timeouts are always written out. */
export interface StepBase {
  readonly id: string;
  /** Position in the plan: the id, with its group's path before it. */
  readonly path: string;
  readonly title: string;
  readonly description?: string;
  readonly source: SourcePlace;
  /** Ids of the steps of the same level that this one waits for. */
  readonly needs: readonly string[];
  /** CEL; false means skipped. */
  readonly if?: string;
  readonly forEach?: ForEach;
  readonly repeat?: Repeat;
  /** Who takes care of a failure: the first rule that matches. */
  readonly onError?: readonly ErrorRule[];
  /** This step is a handler: it runs only where one of these has failed and its rule names this step. */
  readonly handles?: readonly string[];
  /** CEL that must hold of the step's own result (`output`). */
  readonly verify?: string;
  /** A script that must end with 0; it is given the result as `output`. */
  readonly verifyRun?: VerifyScript;
  /** The action that takes the step's effect back; a step of its own, with the path `STEP/undo`. */
  readonly undo?: Step;
  /** `undo: none`: the effect stays, on purpose. */
  readonly keepsEffect?: boolean;
  /** The name of the moment before this step, for a partial rollback. */
  readonly savepoint?: string;
  /** Once the step has ended well, what has ended by then is not taken back any more, the step itself included. */
  readonly commits?: boolean;
  /** Of all model calls of the step and below it, items and rounds together. */
  readonly budget?: Budget;
  /** 1 (first) to 5. Inherited from the run where it is left out. */
  readonly priority?: number;
  readonly retry: Retry;
  /** Of one attempt. */
  readonly timeoutMs: number;
  readonly heartbeatMs: number;
  readonly continueOnError: boolean;
  readonly output?: OutputSpec;
  readonly effect: Effect;
  /** The step's own environment: literals, templates, `$secret`. */
  readonly env: { readonly [name: string]: Template };
  /** Runs as a local activity. */
  readonly local: boolean;
}

/** Work for an agent. */
export interface AgentStep extends StepBase {
  readonly kind: "agent";
  /** The one that the file names first, where it leaves a choice. */
  readonly agent: string;
  /** Only where the file names more than one agent. */
  readonly route?: Route;
  readonly prompt: Template;
  /** Granted operations: `server.operation` or `server.*`. */
  readonly tools: readonly string[];
  /** What an agent that is a program may do; the agent's own setting where absent. */
  readonly permissions?: readonly Permission[];
  /** Tools that its agent reaches in another way than the plan's `tools` say; those of a route stand with its candidates. */
  readonly toolSpecs?: { readonly [tool: string]: ToolSpec };
  /** Agents that a budget or limit lets go on, as far as they know the step in another way. */
  readonly others?: { readonly [agent: string]: OtherAgent };
  /** Most model calls of one run of the step. @default 50 */
  readonly maxTurns: number;
  /** Most tool calls. @default ten a turn */
  readonly maxCalls?: number;
  /**
   * Plans of before 0.2 have none. Their loops are not guarded, and stay as their histories have them: all calls of a turn
   * at once, no new history before the end.
   */
  readonly guards?: Guards;
  /** Rounds in which the agent may mend an answer that does not fit or does not hold. @default 1 */
  readonly repairRounds?: number;
  /** What becomes of the step after them: a person fills in the output; absent: it fails. */
  readonly onInvalid?: AskInstead;
  /** Agents that this one may ask, by the names it knows them by. */
  readonly agents?: { readonly [name: string]: SubAgent };
}

/** How an agent that is not the step's own does it. */
export interface OtherAgent {
  /** As `toolSpecs` of the step. */
  readonly toolSpecs?: { readonly [tool: string]: ToolSpec };
  /** Tools of the step, and of agents that it asks, that it cannot use, and why. `agent`: it can ask none. */
  readonly unfit?: { readonly [tool: string]: string };
}

/** `verify: { run: … }`. */
export interface VerifyScript {
  readonly shell: string;
  readonly body: string;
  readonly with: { readonly [name: string]: Template };
}

/** One call of one tool operation (`uses` + `with`). */
export interface ToolStep extends StepBase {
  readonly kind: "tool";
  readonly tool: string;
  readonly operation: string;
  readonly with: { readonly [name: string]: Template };
}

/** A script body (`run`, or a `bash run` fence). */
export interface ScriptStep extends StepBase {
  readonly kind: "script";
  /** `bash`, `sh`, `python`, `ts`, `js`. */
  readonly shell: string;
  readonly body: string;
  readonly with: { readonly [name: string]: Template };
  /** Relative to the project's folder. */
  readonly workdir?: string;
}

/** Named values; costs no event. */
export interface SetStep extends StepBase {
  readonly kind: "set";
  readonly values: { readonly [name: string]: Template };
}

/** A durable timer. */
export interface WaitStep extends StepBase {
  readonly kind: "wait";
  readonly durationMs: number;
}

/** A question to people that the run waits for. */
export interface ApprovalStep extends StepBase {
  readonly kind: "approval";
  readonly message: Template;
  /** Empty: anybody. Names, or groups and roles that start with `@`. */
  readonly approvers: readonly string[];
  /** Votes needed. */
  readonly min: number;
  readonly expiresMs?: number;
}

/** A durable timer that ends at a moment. */
export interface WaitUntilStep extends StepBase {
  readonly kind: "wait-until";
  /** RFC 3339, such as `2027-01-31T09:00:00+01:00`. */
  readonly until: Template;
}

/** Waits for a signal from outside; its argument is the step's output. */
export interface WaitForStep extends StepBase {
  readonly kind: "wait-for";
  readonly signal: string;
  /** What the argument must hold; anything where it is left out. */
  readonly fields?: { readonly [name: string]: Field };
  readonly expiresMs?: number;
}

/** A form that a person fills in. */
export interface AskStep extends StepBase {
  readonly kind: "ask";
  readonly message: Template;
  readonly fields: { readonly [name: string]: Field };
  readonly approvers: readonly string[];
  readonly expiresMs?: number;
}

/** Another workflow, run as a child. */
export interface WorkflowStep extends StepBase {
  readonly kind: "workflow";
  readonly plan: PackedPlan;
  readonly with: { readonly [name: string]: Template };
  /** Of the child as a whole. */
  readonly limitMs?: number;
}

/** Steps below a step. */
export interface GroupStep extends StepBase {
  readonly kind: "group";
  /** How many children must end well; the rest is cancelled then. */
  readonly join: "all" | number;
  /** Of all the children's time together. */
  readonly limitMs?: number;
  readonly steps: readonly Step[];
}

/** One step of a plan. */
export type Step =
  | AgentStep
  | ToolStep
  | ScriptStep
  | SetStep
  | WaitStep
  | WaitUntilStep
  | WaitForStep
  | ApprovalStep
  | AskStep
  | WorkflowStep
  | GroupStep;

/** One rule of `on-error`. */
export interface ErrorRule {
  /** Id of the handler. */
  readonly step: string;
  /** Codes of failures, `agent/*` for all of an area; any where it is left out. */
  readonly codes?: readonly string[];
}

/** The step again and again, until its result is good. */
export interface Repeat {
  /** CEL over `output`, after each round; absent: all rounds. */
  readonly until?: string;
  readonly max: number;
  /** Pause between two rounds. */
  readonly everyMs?: number;
}

/** One run of the step per item, results in item order. */
export interface ForEach {
  /** CEL that gives a list, or a list that is written out, whose texts may hold expressions. */
  readonly items: string | readonly Template[];
  /** Second name of `item`. */
  readonly as?: string;
  /** @default 10 */
  readonly maxParallel: number;
  readonly onItemError: "finish" | "continue" | "stop";
}

/** How failures of a step (never deaths of a worker) are repeated. */
export interface Retry {
  readonly maxAttempts: number;
  /** @default 1000 */
  readonly initialIntervalMs: number;
  /** @default 60000 */
  readonly maxIntervalMs: number;
  /** @default 2 */
  readonly backoff: number;
}
