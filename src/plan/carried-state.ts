import type { AgentProgress } from "./agent-loop.ts";
import type { Stored } from "./artifact.ts";
import type { JsonObject } from "./json.ts";
import type { LoopParts, PartUndo } from "./loop-parts.ts";
import type { Pins } from "./pins.ts";
import type { FailoverEvent, OpenRoute, RouteReport } from "./route.ts";
import type {
  ApprovalReport,
  FailureInfo,
  RunStatus,
  StepReport,
  StepStatus,
  SubAgentReport,
  Unfinished,
  Usage,
  Vote,
} from "./report.ts";
import { NO_USAGE } from "./usage.ts";

/** What a run takes along when it continues as new; also what a rollback or a fork of it begins with. */
export interface CarriedState {
  readonly startedAtMs: number;
  readonly steps: readonly CarriedStep[];
  readonly frames: readonly CarriedFrame[];
  readonly loops: readonly (readonly [path: string, loop: LoopState])[];
  /** Loops of agents that are under way, by path. */
  readonly agents?: readonly (readonly [path: string, progress: AgentProgress])[];
  readonly deadlines: readonly (readonly [path: string, atMs: number])[];
  readonly openApprovals: readonly OpenQuestion[];
  readonly closedApprovals: readonly ApprovalReport[];
  readonly earlyVotes: readonly EarlyVote[];
  readonly signals: readonly EarlySignal[];
  readonly skips: readonly string[];
  readonly undoLog: readonly UndoEntry[];
  readonly clock: number;
  readonly paused: boolean;
  /** The pause is that of the parent, and ends with it. */
  readonly heldByParent?: boolean;
  readonly childEnds?: readonly ChildEnd[];
  readonly notices: readonly string[];
  readonly repliesUsed: Record<string, Record<string, number>>;
  /** Steps with several agents that are under way, by path. */
  readonly routes?: readonly (readonly [path: string, route: OpenRoute])[];
  /** Agents that failed, and until when they are asked last. */
  readonly restingUntil?: readonly (readonly [agent: string, untilMs: number])[];
  readonly pins?: Pins;
  readonly usage: Usage;
  readonly waitedMs: number;
  /** Where the run was begun again: what its limit of time counts from. */
  readonly limitFrom?: LimitFrom;
  /** A new run with results of another one; it has nothing yet that a run holds. */
  readonly isFork?: true;
}

/** A moment, and how long the run had waited by then. */
export interface LimitFrom {
  readonly atMs: number;
  readonly waitedMs: number;
}

/** A question that waits for people; its step asks it again where the run goes on, but it can be answered before. */
export interface OpenQuestion {
  readonly path: string;
  readonly title: string;
  readonly message: string;
  readonly approvers: readonly string[];
  readonly fields?: ApprovalReport["fields"] | undefined;
  readonly min: number;
  readonly requestedAtMs: number;
  expiresAtMs: number | null;
  readonly votes: Vote[];
  form?: JsonObject | undefined;
  status: ApprovalReport["status"];
}

/** A state that is too large for arguments: the pieces of its JSON, in the artifact store. */
export interface PackedState {
  readonly pieces: readonly Stored[];
}

/** One step that has begun. */
export interface CarriedStep {
  readonly id: string;
  readonly status: StepStatus;
  readonly attempts: number;
  readonly startedAtMs: number | null;
  readonly closedAtMs: number | null;
  readonly output: Stored;
  readonly error: FailureInfo | null;
  readonly agent?: string | undefined;
  readonly route?: RouteReport | undefined;
  readonly failovers?: FailoverEvent[] | undefined;
  readonly usage?: Usage | undefined;
  readonly childRun?: string | undefined;
  readonly agents?: readonly SubAgentReport[] | undefined;
  readonly items?: StepReport["items"] | undefined;
  /** The run's clock when it first began; see `UndoEntry`. */
  readonly beganAt: number | null;
}

/** One open block. */
export interface CarriedFrame {
  readonly prefix: string;
  readonly ended: readonly (readonly [id: string, scope: StepScope])[];
  /** In loops, steps inside of its groups that have ended. */
  readonly inner?: readonly (readonly [id: string, scope: StepScope])[];
  readonly halted: boolean;
  readonly error: StepError | null;
  /** Failed steps whose handlers have begun and not ended, by id. */
  readonly handling?: readonly (readonly [id: string, handler: Handling])[];
}

/** The step that takes over from a failed one, and under which path. */
export interface Handling {
  readonly step: string;
  readonly path: string;
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

/**
 * One invocation that can be taken back, noted before it began. `from` and `to` are times of the run's clock: an undo waits
 * for the undos of everything that began after its own step had ended.
 */
export interface UndoEntry {
  /** Path of the invocation. */
  readonly path: string;
  /** The step has no undo of its own: what this child run did is taken back. */
  readonly childRun?: string;
  readonly stepId: string;
  readonly title: string;
  from: number;
  to: number | null;
  outcome: "running" | "completed" | "failed" | "unknown";
  output: Stored;
  /** What the undo's expressions may ask of other steps, and of loops. */
  readonly steps: Record<string, StepScope>;
  readonly names: JsonObject;
  undone: { readonly status: "completed" | "failed"; readonly error: FailureInfo | null } | undefined;
  /** Not an invocation, but a part of a for-each with an undo log of its own. */
  readonly part?: PartUndo;
}

/** What a child run has left for people to look after. */
export interface ChildEnd {
  readonly run: string;
  readonly stepId: string;
  readonly status: RunStatus;
  readonly unfinished: readonly Unfinished[];
}

/** A failure and the step it comes from. */
export type StepError = FailureInfo & { readonly step: string | null };

/** The fields of `steps.X` in expressions. */
export interface StepScope {
  readonly output: Stored;
  readonly status: StepStatus;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly attempts: number;
}

/** A vote given by plain signal before its question was asked; nothing accepted is lost. */
export interface EarlyVote {
  readonly step: string;
  readonly vote: Vote;
  readonly form?: JsonObject;
}

/** A signal that no step has waited for yet. */
export interface EarlySignal {
  readonly name: string;
  readonly payload: unknown;
}

/** The state of a run that has done nothing yet. */
export function blankState(): CarriedState {
  return {
    startedAtMs: Date.now(),
    steps: [],
    frames: [{ prefix: "", ended: [], halted: false, error: null }],
    loops: [],
    deadlines: [],
    openApprovals: [],
    closedApprovals: [],
    earlyVotes: [],
    signals: [],
    skips: [],
    undoLog: [],
    clock: 0,
    paused: false,
    notices: [],
    repliesUsed: {},
    usage: NO_USAGE,
    waitedMs: 0,
  };
}
