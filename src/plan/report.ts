import type { Stored } from "./artifact.ts";
import type { Field } from "./plan.ts";
import type { FailoverEvent, RouteReport } from "./route.ts";

/** Where one step stands. */
export type StepStatus =
  | "pending"
  | "running"
  | "waiting"
  | "completed"
  | "failed"
  | "skipped"
  | "cancelled"
  | "compensated"
  | "outcome-unknown";

/** Where a run stands; from `completed` on they are end states. `waiting`: only people or timers can move it. */
export type RunStatus =
  | "running"
  | "waiting"
  | "paused"
  | "completed"
  | "failed"
  | "cancelled"
  | "compensated"
  | "compensation-incomplete"
  | "outcome-unknown";

/** What becomes of a step's undo. */
export interface UndoReport {
  /** Path of the invocation that is taken back, or is to be. */
  readonly step: string;
  /** `pending` and `running`: while the run is taken back. */
  readonly status: "pending" | "running" | "completed" | "failed";
  readonly error: FailureInfo | null;
}

/** Something that a person has to look after. */
export interface Unfinished {
  /** The child run in which it is; absent for this run. */
  readonly run?: string;
  /** Path of the step in its run. */
  readonly step: string;
  readonly code: string;
  readonly why: string;
  /** What is left to do by hand. */
  readonly todo: string;
}

/** Why something failed. `code` is a slug of the catalogue. */
export interface FailureInfo {
  readonly code: string;
  readonly message: string;
  readonly details?: Stored;
}

/** Tokens of one or many calls. `inputTokens` leaves out what came from or went into a cache. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  /** Part of `outputTokens`. */
  readonly reasoningTokens: number;
}

/** What one or many model calls used. */
export interface Usage extends TokenUsage {
  /** US dollars of the calls whose price is known. */
  readonly usd: number;
  /** Calls whose price nobody knows: while there is one, the sum is not the cost. */
  readonly unpricedCalls: number;
}

/** One step in a report. A for-each step is one entry whose output is the list. */
export interface StepReport {
  readonly id: string;
  readonly path: string;
  readonly title: string;
  readonly kind: string;
  readonly status: StepStatus;
  readonly attempts: number;
  readonly startedAt: string | null;
  readonly closedAt: string | null;
  readonly output: Stored;
  readonly error: FailureInfo | null;
  /** Undos of the step: one, or one an item. */
  readonly undo?: readonly UndoReport[];
  /** The child run of a `workflow` step. */
  readonly childRun?: string;
  /** Which agent answered. */
  readonly agent?: string;
  /** Of a step that may have several agents: the last choice. */
  readonly route?: RouteReport;
  /** Who took over from whom, in order. */
  readonly failovers?: readonly FailoverEvent[];
  /** The last of the agents that the step's agent has asked. */
  readonly agents?: readonly SubAgentReport[];
  /** Tool calls that its programs have made by themselves; `show` adds them to what the run says, from the ledger of its store. */
  readonly ownCalls?: readonly OwnCallReport[];
  /** Of a step that called a model, all its attempts, items and rounds together. */
  readonly usage?: ReportedUsage;
  /** for-each: how many items ended well, ended badly, are there in all; of how many of those that failed nobody knows what they did. */
  readonly items?: {
    readonly completed: number;
    readonly failed: number;
    readonly total: number;
    readonly unknown?: number;
  };
  /** for-each over a long list: the parts of it that run now. */
  readonly parts?: readonly PartReport[];
  readonly source: { readonly file: string; readonly line: number };
}

/** One call of an agent by another one. */
export interface SubAgentReport {
  /** Path of the call: `STEP/NAME-1`. */
  readonly path: string;
  readonly agent: string;
  readonly status: Extract<StepStatus, "running" | "completed" | "failed" | "cancelled" | "outcome-unknown">;
  /** Model calls. */
  readonly turns: number;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** One tool call that an agent which is a program has made by itself. */
export interface OwnCallReport {
  /** Path for which the program works: of the step, of one of its items, or of a sub-agent. */
  readonly path: string;
  readonly at: string;
  /** `tool.operation`. */
  readonly operation: string;
  /** The beginning of them. */
  readonly arguments: string;
  /** `waiting` for its place; `begun`: under way, and where its worker has died nobody knows what came of it. */
  readonly state: "waiting" | "begun" | "answered" | "failed";
}

/** Items of a for-each that run together in a child run. */
export interface PartReport {
  readonly run: string;
  /** Path of the for-each. */
  readonly loop: string;
  /** Indexes of its first and its last item. */
  readonly first: number;
  readonly last: number;
  readonly completed: number;
  readonly failed: number;
  /** Only people, timers or signals can move it. */
  readonly waiting: boolean;
  /** Open questions in it. */
  readonly questions: number;
}

/** A question that waits for people, and what they said. */
export interface ApprovalReport {
  /** Step path, with `[index]` in a for-each. */
  readonly step: string;
  readonly title: string;
  readonly message: string;
  readonly approvers: readonly string[];
  /** A form instead of a yes or no: what to fill in. */
  readonly fields?: { readonly [name: string]: Field };
  readonly min: number;
  readonly votes: readonly Vote[];
  readonly requestedAt: string;
  readonly expiresAt: string | null;
  readonly status: "pending" | "approved" | "rejected" | "answered" | "expired" | "cancelled";
  /** The part of a loop that asks, where it is not the run itself. */
  readonly run?: string;
}

/** One person's answer. */
export interface Vote {
  readonly by: string;
  readonly decision: "approve" | "reject" | "answer";
  readonly comment: string | null;
  readonly at: string;
}

/** What a run tells of itself: the answer of the query `report`, and the JSON of `run` and `show`. Times are ISO 8601 UTC. */
export interface RunReport {
  readonly run: string;
  readonly workflow: string;
  readonly digest: string;
  readonly file: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly closedAt: string | null;
  readonly inputs: { readonly [name: string]: Stored };
  readonly outputs: { readonly [name: string]: Stored } | null;
  readonly error: (FailureInfo & { readonly step: string | null }) | null;
  readonly steps: readonly StepReport[];
  readonly approvals: readonly ApprovalReport[];
  /** Of a run that ended `compensation-incomplete` or `outcome-unknown`: what is left to look after. */
  readonly unfinished: readonly Unfinished[];
  /** What somebody should know though no step failed, as a signal that could not count. */
  readonly notices: readonly string[];
  readonly usage: ReportedUsage;
}

/** As `Usage`, but `usd` is null where the price of a call is not known. */
export type ReportedUsage = TokenUsage & { readonly usd: number | null };
