import type { CarriedFrame, CarriedState, CarriedStep, OpenQuestion } from "../plan/carried-state.ts";
import { allPins } from "./note-pins.ts";
import type { ApprovalState, Frame, RunState, StepState } from "./run-state.ts";

/** What the next part of the run must know of this one. */
export function carryState(run: RunState): CarriedState {
  const begun = [...run.steps.values()].filter(
    ({ startedAtMs, status }) => startedAtMs !== null || status !== "pending",
  );
  return {
    startedAtMs: run.startedAtMs,
    steps: begun.map(carryStep),
    frames: [...run.unopened.frames.values(), ...[...run.frames.values()].map(carryFrame)],
    loops: [...run.unopened.loops, ...run.loops],
    ...(run.agents.size === 0 ? {} : { agents: [...run.agents] }),
    deadlines: [...run.deadlines],
    openApprovals: [...run.approvals.values()].map(carryQuestion),
    closedApprovals: run.closedApprovals,
    earlyVotes: run.earlyVotes,
    signals: run.signals,
    skips: [...run.skips],
    undoLog: run.undoLog,
    clock: run.clock,
    paused: run.paused,
    heldByParent: run.heldByParent,
    childEnds: [...run.childEnds.values()],
    notices: run.notices,
    repliesUsed: run.repliesUsed,
    ...(run.routes.size === 0 ? {} : { routes: [...run.routes] }),
    ...(run.restingUntil.size === 0 ? {} : { restingUntil: [...run.restingUntil] }),
    ...allPins(run),
    usage: run.usage,
    waitedMs: run.waitedMs,
    ...(run.limitFrom === undefined ? {} : { limitFrom: run.limitFrom }),
  };
}

function carryFrame({ prefix, ended, inner, halted, error, handling }: Frame): CarriedFrame {
  return {
    prefix,
    ended: [...ended],
    ...(inner.size === 0 ? {} : { inner: [...inner] }),
    halted,
    error,
    ...(handling.size === 0 ? {} : { handling: [...handling] }),
  };
}

/** Functions are nothing to JSON; the type wants it said. */
function carryQuestion(state: ApprovalState): OpenQuestion {
  const { path, title, message, approvers, fields, min, requestedAtMs, expiresAtMs, votes, form, status } = state;
  return { path, title, message, approvers, fields, min, requestedAtMs, expiresAtMs, votes, form, status };
}

function carryStep(state: StepState): CarriedStep {
  const { step, working: _, waiting: __, undo: ___, ...rest } = state;
  return { id: step.id, ...rest };
}
