import type { CarriedState, RunState, StepState } from "./run-state.ts";

/** What the next part of a long run must know of this one. Only called while no step is under way. */
export async function carryState(run: RunState): Promise<CarriedState> {
  const ended = [...run.steps.values()].filter((state) => state.closedAtMs !== null);
  return {
    startedAtMs: run.startedAtMs,
    steps: ended.map(carryStep),
    closedApprovals: run.closedApprovals,
    earlyVotes: run.earlyVotes,
    notices: run.notices,
    repliesUsed: run.repliesUsed,
    usage: run.usage,
    error: run.error,
  };
}

function carryStep(state: StepState): CarriedState["steps"][number] {
  const { step, status, attempts, startedAtMs, closedAtMs, output, error, agent, items } = state;
  return { id: step.id, status, attempts, startedAtMs, closedAtMs, output, error, agent, items };
}
