import type { Stored } from "../plan/artifact.ts";
import type { JsonObject } from "../plan/json.ts";
import type { Plan } from "../plan/plan.ts";
import type { ApprovalReport, FailureInfo, RunStatus, StepReport, StepStatus, Usage, Vote } from "../plan/report.ts";
import type { Step } from "../plan/step.ts";

/** What the interpreter knows of one step. */
export interface StepState {
  readonly step: Step;
  status: StepStatus;
  attempts: number;
  startedAtMs: number | null;
  closedAtMs: number | null;
  output: Stored;
  error: FailureInfo | null;
  agent: string | undefined;
  items: { completed: number; failed: number; total: number } | undefined;
  /** Invocations (one, or one an item) that work, and that wait for people or timers. */
  working: number;
  waiting: number;
}

/** A question that waits for people, or waited. */
export interface ApprovalState {
  readonly path: string;
  readonly title: string;
  readonly message: string;
  readonly approvers: readonly string[];
  readonly min: number;
  readonly requestedAtMs: number;
  readonly expiresAtMs: number | null;
  readonly votes: Vote[];
  status: ApprovalReport["status"];
  settle(status: ApprovalReport["status"]): void;
}

/** A vote given by plain signal before its question was asked; nothing accepted is lost. */
export interface EarlyVote {
  readonly step: string;
  readonly vote: Vote;
}

/** Everything one run of the interpreter holds in memory. */
export interface RunState {
  readonly id: string;
  readonly plan: Plan;
  readonly projectDir: string;
  readonly inputs: JsonObject;
  readonly startedAtMs: number;
  readonly steps: ReadonlyMap<string, StepState>;
  /** What expressions see under `steps`. */
  readonly stepScope: Record<string, StepScope>;
  readonly env: JsonObject;
  readonly approvals: Map<string, ApprovalState>;
  readonly closedApprovals: ApprovalReport[];
  readonly earlyVotes: EarlyVote[];
  /** What somebody should know though no step failed, as a signal that could not count. */
  readonly notices: string[];
  /** Replies used of each recorded agent, by step path with item index. */
  readonly repliesUsed: Record<string, Record<string, number>>;
  usage: Usage;
  status: RunStatus;
  closedAtMs: number | null;
  outputs: { readonly [name: string]: Stored } | null;
  error: (FailureInfo & { readonly step: string | null }) | null;
  /** Set by the first failure that ends the run: no further step begins. */
  halted: boolean;
  working: number;
  waiting: number;
  /** Milliseconds in which only people or timers could move the run. */
  waitedMs: number;
  waitingSinceMs: number | null;
  /** Local activities so far; they leave no mark in history until their task ends. */
  lightSteps: number;
}

/** The fields of `steps.X` in expressions. */
export interface StepScope {
  readonly output: Stored;
  readonly status: StepStatus;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly attempts: number;
}

/** What a run takes along when it continues as new. */
export interface CarriedState {
  readonly startedAtMs: number;
  readonly steps: readonly CarriedStep[];
  readonly closedApprovals: readonly ApprovalReport[];
  readonly earlyVotes: readonly EarlyVote[];
  readonly notices: readonly string[];
  readonly repliesUsed: Record<string, Record<string, number>>;
  readonly usage: Usage;
  readonly error: RunState["error"];
}

/** One ended step in the carried state. */
export type CarriedStep = Pick<
  StepState,
  "status" | "attempts" | "startedAtMs" | "closedAtMs" | "output" | "error" | "agent" | "items"
> & { readonly id: string };

/** The report entry of a step. */
export function reportStep(state: StepState): StepReport {
  const { step } = state;
  return {
    id: step.id,
    path: step.path,
    title: step.title,
    kind: step.kind,
    status: state.status,
    attempts: state.attempts,
    startedAt: isoTime(state.startedAtMs),
    closedAt: isoTime(state.closedAtMs),
    output: state.output,
    error: state.error,
    ...(state.agent === undefined ? {} : { agent: state.agent }),
    ...(state.items === undefined ? {} : { items: { ...state.items } }),
    source: { file: step.source.file, line: step.source.line },
  };
}

/** ISO 8601 in UTC, or null. */
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
