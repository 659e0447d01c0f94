import type { Usage } from "../plan/report.ts";
import { addUsage, NO_USAGE } from "../plan/usage.ts";
import type { RunState, StepState } from "./run-state.ts";

/** Counts what a step has used, for the step and for the run. */
export function noteUsage(run: RunState, state: StepState | undefined, usage: Usage): void {
  run.usage = addUsage(run.usage, usage);
  if (state !== undefined) noteStepUsage(state, usage);
}

/** Counts it for the step alone. */
export function noteStepUsage(state: StepState, usage: Usage | undefined): void {
  if (usage !== undefined) state.usage = addUsage(state.usage ?? NO_USAGE, usage);
}
