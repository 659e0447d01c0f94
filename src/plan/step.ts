import type { Effect, OutputSpec } from "./plan.ts";
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
  /** Ids of the steps this one waits for. */
  readonly needs: readonly string[];
  /** CEL; false means skipped. */
  readonly if?: string;
  readonly forEach?: ForEach;
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
  readonly agent: string;
  readonly prompt: Template;
  /** Granted operations: `server.operation` or `server.*`. */
  readonly tools: readonly string[];
  /** Most model calls of one run of the step. @default 50 */
  readonly maxTurns: number;
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

/** One step of a plan. */
export type Step = AgentStep | ToolStep | ScriptStep | SetStep | WaitStep | ApprovalStep;

/** One run of the step per item, results in item order. */
export interface ForEach {
  /** CEL that gives a list. */
  readonly items: string;
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
