import { listSteps } from "../../src/plan/list-steps.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { Step } from "../../src/plan/step.ts";

/** The step of this id. Throws where there is none. */
export function stepOf(plan: Plan, id: string): Step {
  const found = listSteps(plan).find((step) => step.id === id);
  if (found === undefined) throw new Error(`there is no step ${id}`);
  return found;
}
