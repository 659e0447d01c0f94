import type { AgentProgress } from "../plan/agent-loop.ts";
import type { Stored } from "../plan/artifact.ts";
import type {
  CarriedFrame,
  CarriedState,
  ChildEnd,
  EarlySignal,
  EarlyVote,
  Handling,
  LimitFrom,
  LoopState,
  OpenQuestion,
  StepError,
  StepScope,
  UndoEntry,
} from "../plan/carried-state.ts";
import type { JsonObject } from "../plan/json.ts";
import type { ParentRun } from "../plan/messages.ts";
import type { Plan } from "../plan/plan.ts";
import type {
  ApprovalReport,
  FailureInfo,
  RunStatus,
  StepStatus,
  SubAgentReport,
  UndoReport,
  Unfinished,
  Usage,
} from "../plan/report.ts";
import type { FailoverEvent, OpenRoute, RouteReport } from "../plan/route.ts";
import type { Step } from "../plan/step.ts";
import type { Telling } from "./keep-told.ts";
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
  /** Of a step that may have several agents: which one was chosen last and why, and who took over from whom. */
  route: RouteReport | undefined;
  failovers: FailoverEvent[] | undefined;
  usage: Usage | undefined;
  childRun: string | undefined;
  agents: readonly SubAgentReport[] | undefined;
  items: { completed: number; failed: number; total: number; unknown?: number } | undefined;
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
  /** In loops, steps inside of its groups that have ended: what comes after may name them. */
  readonly inner: Map<string, StepScope>;
  /** Those of them whose failure a handler takes care of now; nothing that needs them begins meanwhile. */
  readonly handling: Map<string, Handling>;
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

/** A question that waits for people, or waited. */
export interface ApprovalState extends OpenQuestion {
  settle(status: ApprovalReport["status"]): void;
}

/** Something that only people, timers or signals can end. */
export interface Wait {
  /** Ends it with this error. */
  stop(error: unknown): void;
}

/** A child run under way. */
export interface ChildRun {
  /** The run that it takes back, where it is a rollback; else itself. */
  readonly of: string;
  readonly stepId: string;
  /** Only people or timers can move it. */
  isIdle: boolean;
  /** Its tokens, as far as they are told. */
  usage: Usage;
  /** Tells it of pauses, once it has started. */
  telling: Telling | undefined;
  setIdle(idle: boolean): void;
}

/** Everything one run of the interpreter holds in memory. */
export interface RunState {
  readonly id: string;
  /** Stands in idempotency keys: a rollback undoes in the name of the run it takes back. */
  readonly keyId: string;
  readonly plan: Plan;
  readonly projectDir: string;
  /** To whom it is charged beside itself: the runs above it, and their budgets. */
  readonly above: ParentRun["charge"] | undefined;
  readonly inputs: JsonObject;
  readonly startedAtMs: number;
  /** What expressions see under `run`. */
  readonly about: JsonObject;
  /** By id, in the order of the file. */
  readonly steps: ReadonlyMap<string, StepState>;
  readonly root: Frame;
  readonly env: JsonObject;
  /** What an earlier part of the run, or the run this one goes on from, has left for parts that begin again. */
  readonly carried: CarriedState | undefined;
  /** Open blocks by prefix, and open loops by path: what a next part of the run must know. */
  readonly frames: Map<string, Frame>;
  readonly loops: Map<string, LoopState>;
  /** Those that an earlier part of the run had open, and that have not been opened again yet. */
  readonly unopened: { readonly frames: Map<string, CarriedFrame>; readonly loops: Map<string, LoopState> };
  /** Loops of agents that are under way, by path. */
  readonly agents: Map<string, AgentProgress>;
  readonly waits: Map<string, Wait>;
  /** Parts of loops that run now, by path. */
  readonly parts: Map<string, OpenPart>;
  /** Votes and signals on their way to them. */
  handingOver: number;
  /** Set in a part of a loop: how it tells its run how it stands. */
  readonly uplink: Uplink | undefined;
  /** When open waits end, by path. */
  readonly deadlines: Map<string, number>;
  /** Called where the run is begun again at one of its steps: alarms whose time counts from then on. */
  readonly alarms: Set<() => void>;
  readonly approvals: Map<string, ApprovalState>;
  readonly closedApprovals: ApprovalReport[];
  readonly earlyVotes: EarlyVote[];
  /** Signals that no step has waited for yet. */
  readonly signals: EarlySignal[];
  /** Who waits for a signal, by its name; gives false for a payload that does not fit. */
  readonly signalWaits: Map<string, ((payload: unknown) => boolean)[]>;
  readonly skips: Set<string>;
  readonly undoLog: UndoEntry[];
  /** Undos that have not ended yet, while the run is taken back. */
  readonly undoing: Map<UndoEntry, "pending" | "running">;
  /** What somebody should know though no step failed, as a signal that could not count. */
  readonly notices: string[];
  /** Replies used of each recorded agent, by step path with item index. */
  readonly repliesUsed: Record<string, Record<string, number>>;
  /** Steps with several agents that are under way, by path. */
  readonly routes: Map<string, OpenRoute>;
  /** Agents that failed, and until when they are asked last. */
  readonly restingUntil: Map<string, number>;
  /** What tool servers said of their operations when the run first saw them. */
  readonly pins: Record<string, string>;
  /** Child runs under way, by id. */
  readonly children: Map<string, ChildRun>;
  /** Requests that they end, by their ids. */
  readonly cancelling: { underWay: number; readonly line: (() => void)[] };
  /** What children have left for people, by the run that did it. */
  readonly childEnds: Map<string, ChildEnd>;
  /** Called when something that held steps back is over. */
  readonly pumps: Set<() => void>;
  /** Grows with every message that comes in and every step that begins, waits or ends. */
  changes: number;
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
  /** The pause is that of the parent, and ends with it. */
  heldByParent: boolean;
  /** Whose child this run is. */
  parent: { readonly run: string; readonly telling: Telling } | undefined;
  /** Its work is over: a cancel changes nothing any more, and no new history is begun. What takes back another run has no work. */
  ending: false | "work-is-over" | "takes-back";
  /** How long the history was when the server first suggested another one. */
  fullAt: { readonly events: number; readonly bytes: number } | undefined;
  /** A new history is due: nothing begins, waits are set aside. */
  draining: boolean;
  working: number;
  waiting: number;
  /** Milliseconds in which only people or timers could move the run. */
  waitedMs: number;
  waitingSinceMs: number | null;
  /** What its limit of time counts from, where that is not its start. */
  limitFrom: LimitFrom | undefined;
  /** Ends the run because the interpreter itself has failed, outside of anything that somebody awaits. */
  crash: (error: unknown) => void;
  /** Calls that wait until fewer steps are under way, and those that wait for the next workflow task. */
  readonly heldCalls: (() => void)[];
  taskLine: Promise<void> | undefined;
  /** What the workflow task under way asks for so far. */
  task: { readonly historyLength: number; readonly bytes: number };
  /** Local activities and rounds without an event so far; they leave no mark in history until their task ends. */
  lightSteps: number;
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
