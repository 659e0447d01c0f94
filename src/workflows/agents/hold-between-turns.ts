import { patched } from "@temporalio/workflow";
import type { AgentStep } from "../../plan/step.ts";
import { drainIfDue } from "../drain.ts";
import { awoken, HALT_ENDS_HOLD } from "../frames.ts";
import type { Invocation } from "../invocation.ts";
import { type Frame, isHalted, type RunState, SUSPENDED } from "../run-state.ts";

/**
 * Holds an agent between two turns while its run is paused, and throws `SUSPENDED` where the run is to go on in a new history;
 * a promise only where it waits. What runs at the end of a run, or where another step has failed, goes on in the history it has.
 */
export function holdBetweenTurns({ run, frame, step, isUndo }: Invocation<AgentStep>): Promise<void> | undefined {
  const hasNoNext = isUndo === true || run.ending || step.handles !== undefined;
  if (step.guards === undefined || hasNoNext || isHalted(frame)) return undefined;
  if (run.paused) return untilResumed(run, frame).then(() => (isHalted(frame) ? undefined : suspendIfDue(run)));
  suspendIfDue(run);
  return undefined;
}

async function untilResumed(run: RunState, frame: Frame): Promise<void> {
  const isOver = () => run.cancelled || (isHalted(frame) && patched(HALT_ENDS_HOLD));
  while (run.paused && !run.draining && !isOver()) await awoken(run);
}

function suspendIfDue(run: RunState): void {
  drainIfDue(run);
  if (run.draining) throw SUSPENDED;
}
