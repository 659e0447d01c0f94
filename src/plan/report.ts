import type { Stored } from "./artifact.ts";

/** Where one step stands. */
export type StepStatus =
  | "pending"
  | "running"
  | "waiting"
  | "completed"
  | "failed"
  | "skipped"
  | "cancelled"
  | "outcome-unknown";

/** Where a run stands; the last four are end states. `waiting`: only people or timers can move it. */
export type RunStatus = "running" | "waiting" | "completed" | "failed" | "cancelled" | "outcome-unknown";

/** Why something failed. `code` is a slug of the catalogue. */
export interface FailureInfo {
  readonly code: string;
  readonly message: string;
  readonly details?: Stored;
}

/** Tokens of one or many calls. `inputTokens` leaves out what came from or went into a cache. */
export interface Usage {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  /** Part of `outputTokens`. */
  readonly reasoningTokens: number;
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
  /** Which agent answered. */
  readonly agent?: string;
  /** for-each: how many items ended well, ended badly, are there in all. */
  readonly items?: { readonly completed: number; readonly failed: number; readonly total: number };
  readonly source: { readonly file: string; readonly line: number };
}

/** A question that waits for people, and what they said. */
export interface ApprovalReport {
  /** Step path, with `[index]` in a for-each. */
  readonly step: string;
  readonly title: string;
  readonly message: string;
  readonly approvers: readonly string[];
  readonly min: number;
  readonly votes: readonly Vote[];
  readonly requestedAt: string;
  readonly expiresAt: string | null;
  readonly status: "pending" | "approved" | "rejected" | "expired" | "cancelled";
}

/** One person's answer. */
export interface Vote {
  readonly by: string;
  readonly decision: "approve" | "reject";
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
  /** What somebody should know though no step failed, as a signal that could not count. */
  readonly notices: readonly string[];
  /** `usd` is null while no price is known. */
  readonly usage: { readonly usd: number | null } & Usage;
}
