import type { Stored } from "../plan/artifact.ts";
import type { JsonObject } from "../plan/json.ts";
import type { PartUndo } from "../plan/loop-parts.ts";
import type { ApprovalReport, FailureInfo, Usage, Vote } from "../plan/report.ts";
import type { EarlyVote, LoopState, RunState, StepError, StepScope, StepState } from "./run-state.ts";

/** What a run takes along when it continues as new; also what a rollback or a fork of it begins with. */
export interface CarriedState {
  readonly startedAtMs: number;
  readonly steps: readonly CarriedStep[];
  readonly frames: readonly CarriedFrame[];
  readonly loops: readonly (readonly [path: string, loop: LoopState])[];
  readonly deadlines: readonly (readonly [path: string, atMs: number])[];
  readonly openApprovals: readonly { readonly path: string; readonly requestedAtMs: number; readonly votes: Vote[] }[];
  readonly closedApprovals: readonly ApprovalReport[];
  readonly earlyVotes: readonly EarlyVote[];
  readonly signals: RunState["signals"];
  readonly skips: readonly string[];
  readonly undoLog: readonly UndoEntry[];
  readonly clock: number;
  readonly paused: boolean;
  readonly notices: readonly string[];
  readonly repliesUsed: Record<string, Record<string, number>>;
  readonly usage: Usage;
  readonly waitedMs: number;
}

/** One step that has begun. */
export type CarriedStep = Pick<
  StepState,
  "status" | "attempts" | "startedAtMs" | "closedAtMs" | "output" | "error" | "agent" | "childRun" | "items" | "beganAt"
> & { readonly id: string };

/** One open block. */
export interface CarriedFrame {
  readonly prefix: string;
  readonly ended: readonly (readonly [id: string, scope: StepScope])[];
  readonly halted: boolean;
  readonly error: StepError | null;
}

/**
 * One invocation that can be taken back, noted before it began. `from` and `to` are times of the run's clock: an undo waits
 * for the undos of everything that began after its own step had ended.
 */
export interface UndoEntry {
  /** Path of the invocation. */
  readonly path: string;
  readonly stepId: string;
  readonly title: string;
  readonly from: number;
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

/** What the next part of the run must know of this one. */
export function carryState(run: RunState): CarriedState {
  const begun = [...run.steps.values()].filter(
    ({ startedAtMs, status }) => startedAtMs !== null || status !== "pending",
  );
  return {
    startedAtMs: run.startedAtMs,
    steps: begun.map(carryStep),
    frames: [...run.frames.values()].map(({ prefix, ended, halted, error }) => ({
      prefix,
      ended: [...ended],
      halted,
      error,
    })),
    loops: [...run.loops],
    deadlines: [...run.deadlines],
    openApprovals: [...run.approvals.values()].map(({ path, requestedAtMs, votes }) => ({
      path,
      requestedAtMs,
      votes,
    })),
    closedApprovals: run.closedApprovals,
    earlyVotes: run.earlyVotes,
    signals: run.signals,
    skips: [...run.skips],
    undoLog: run.undoLog,
    clock: run.clock,
    paused: run.paused,
    notices: run.notices,
    repliesUsed: run.repliesUsed,
    usage: run.usage,
    waitedMs: run.waitedMs,
  };
}

function carryStep(state: StepState): CarriedStep {
  const { step, status, attempts, startedAtMs, closedAtMs, output, error, agent, childRun, items, beganAt } = state;
  return { id: step.id, status, attempts, startedAtMs, closedAtMs, output, error, agent, childRun, items, beganAt };
}
