import type { Stored } from "../plan/artifact.ts";
import type { JsonObject } from "../plan/json.ts";
import type { LoopParts } from "../plan/loop-parts.ts";
import type { Plan } from "../plan/plan.ts";
import type {
  ApprovalReport,
  FailureInfo,
  RunStatus,
  StepStatus,
  UndoReport,
  Unfinished,
  Usage,
  Vote,
} from "../plan/report.ts";
import type { Step } from "../plan/step.ts";
import type { CarriedState, UndoEntry } from "./carried-state.ts";
import type { OpenPart } from "./part-link.ts";
import type { Uplink } from "./uplink.ts";

/** What the interpreter knows of one step of the plan: of its one invocation, or of all in a loop together. */
export interface StepState {
  readonly step: Step;
  status: StepStatus;
  attempts: number;
  startedAtMs: number | null;
  closedAtMs: number | null;
  output: Stored;
  error: FailureInfo | null;
  agent: string | undefined;
  childRun: string | undefined;
  items: { completed: number; failed: number; total: number } | undefined;
  undo: readonly UndoReport[];
  /** The run's clock when it first began; see `UndoEntry`. */
  beganAt: number | null;
  /** Invocations (one, or one an item) that work, and that wait for people or timers. */
  working: number;
  waiting: number;
}

/** One run of a block of steps: of the file's first level, or of a group, or of one item of a looped group. */
export interface Frame {
  /** Stands before the ids of its steps: empty, or `group.`, or `group[2].`. */
  readonly prefix: string;
  readonly parent: Frame | undefined;
  /** What expressions see under `steps`. */
  readonly scope: Record<string, StepScope>;
  /** What loops around it give to expressions: `item`, `index` and their second names. */
  readonly names: JsonObject;
  /** Its own steps that have ended, by id. */
  readonly ended: Map<string, StepScope>;
  /** Its steps run more than once: their states are sums. */
  readonly inLoop: boolean;
  /** A failure in it does not stop its other steps: only some have to end well. */
  readonly isTolerant: boolean;
  /** Index of the item of the for-each around it. */
  readonly itemIndex: number | undefined;
  /** No further step of it begins. */
  halted: boolean;
  /** The first failure that nobody took care of. */
  error: StepError | null;
}

/** A failure and the step it comes from. */
export type StepError = FailureInfo & { readonly step: string | null };

/** A question that waits for people, or waited. */
export interface ApprovalState {
  readonly path: string;
  readonly title: string;
  readonly message: string;
  readonly approvers: readonly string[];
  readonly fields: ApprovalReport["fields"];
  readonly min: number;
  readonly requestedAtMs: number;
  readonly expiresAtMs: number | null;
  readonly votes: Vote[];
  form: JsonObject | undefined;
  status: ApprovalReport["status"];
  settle(status: ApprovalReport["status"]): void;
}

/** A vote given by plain signal before its question was asked; nothing accepted is lost. */
export interface EarlyVote {
  readonly step: string;
  readonly vote: Vote;
  readonly form?: JsonObject;
}

/** Something that only people, timers or signals can end. */
export interface Wait {
  /** Ends it with this error. */
  stop(error: unknown): void;
}

/** Everything one run of the interpreter holds in memory. */
export interface RunState {
  readonly id: string;
  /** Stands in idempotency keys: a rollback undoes in the name of the run it takes back. */
  readonly keyId: string;
  readonly plan: Plan;
  readonly projectDir: string;
  readonly inputs: JsonObject;
  readonly startedAtMs: number;
  /** By id, in the order of the file. */
  readonly steps: ReadonlyMap<string, StepState>;
  readonly root: Frame;
  readonly env: JsonObject;
  /** What an earlier part of the run, or the run this one goes on from, has left for parts that begin again. */
  readonly carried: CarriedState | undefined;
  /** Open blocks by prefix, and open loops by path: what a next part of the run must know. */
  readonly frames: Map<string, Frame>;
  readonly loops: Map<string, LoopState>;
  readonly waits: Map<string, Wait>;
  /** Parts of loops that run now, by path. */
  readonly parts: Map<string, OpenPart>;
  /** Set in a part of a loop: how it tells its run how it stands. */
  readonly uplink: Uplink | undefined;
  /** When open waits end, by path. */
  readonly deadlines: Map<string, number>;
  readonly approvals: Map<string, ApprovalState>;
  readonly closedApprovals: ApprovalReport[];
  readonly earlyVotes: EarlyVote[];
  /** Signals that no step has waited for yet. */
  readonly signals: { readonly name: string; readonly payload: unknown }[];
  /** Who waits for a signal, by its name; gives false for a payload that does not fit. */
  readonly signalWaits: Map<string, ((payload: unknown) => boolean)[]>;
  readonly skips: Set<string>;
  readonly undoLog: UndoEntry[];
  /** What somebody should know though no step failed, as a signal that could not count. */
  readonly notices: string[];
  /** Replies used of each recorded agent, by step path with item index. */
  readonly repliesUsed: Record<string, Record<string, number>>;
  /** Called when something that held steps back is over. */
  readonly pumps: Set<() => void>;
  /** Counts beginnings and ends of steps that can be undone. */
  clock: number;
  usage: Usage;
  status: RunStatus;
  closedAtMs: number | null;
  outputs: { readonly [name: string]: Stored } | null;
  error: StepError | null;
  unfinished: readonly Unfinished[];
  /** Somebody asked for the end of the run. */
  cancelled: boolean;
  paused: boolean;
  /** A new history is due: nothing begins, waits are set aside. */
  draining: boolean;
  working: number;
  waiting: number;
  /** Milliseconds in which only people or timers could move the run. */
  waitedMs: number;
  waitingSinceMs: number | null;
  /** Local activities and rounds without an event so far; they leave no mark in history until their task ends. */
  lightSteps: number;
}

/** How far an open loop is. */
export interface LoopState {
  /** for-each: the items, results so far, and which items have ended or failed. */
  readonly items?: readonly Stored[];
  readonly results?: Stored[];
  readonly ended?: number[];
  readonly failed?: number[];
  /** for-each over a long list. */
  parts?: LoopParts;
  /** repeat: the next round, and the last round's result. */
  round?: number;
  output?: Stored;
  attempts: number;
}

/** The fields of `steps.X` in expressions. */
export interface StepScope {
  readonly output: Stored;
  readonly status: StepStatus;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly attempts: number;
}

/** Ends a part of a run whose history is full; what it ends begins again in the next part. */
export const SUSPENDED: Error = Object.assign(new Error("suspended"), { stack: "" });
/** Ends a wait that an operator skips. */
export const SKIPPED: Error = Object.assign(new Error("skipped"), { stack: "" });

/** True where no further step of the block may begin for good. */
export function isHalted(frame: Frame): boolean {
  return frame.halted || (frame.parent !== undefined && isHalted(frame.parent));
}

/** ISO 8601 in UTC, or null. */
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
