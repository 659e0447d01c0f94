import type { CarriedStep } from "../plan/carried-state.ts";
import { note } from "./notices.ts";
import type { RunState, StepState } from "./run-state.ts";

/** So many stand in the report of one step. */
const EVENTS_KEPT = 100;

/** Adds to the report of a step what a part of a loop, or one more handing over, has to tell of its agents. */
export function absorbRoute(
  run: RunState,
  state: StepState,
  { route, failovers = [] }: Pick<CarriedStep, "route" | "failovers">,
): void {
  state.route = route ?? state.route;
  if (failovers.length === 0) return;
  const index = [...run.steps.keys()].indexOf(state.step.id);
  const all = [...(state.failovers ?? []), ...failovers.map((event) => ({ ...event, step_index: index }))];
  state.failovers = all.slice(0, EVENTS_KEPT);
  const more = `${state.step.path} was handed over more than ${EVENTS_KEPT} times; its report has the first ones`;
  if (all.length > EVENTS_KEPT && !run.notices.includes(more)) note(run, more);
}
