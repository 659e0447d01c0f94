import { listSteps } from "./list-steps.ts";
import type { Plan } from "./plan.ts";
import type { Step } from "./step.ts";
import { stepPathOf } from "./step-path.ts";

/** True where running the step again, or one below it, would do something again. */
export function hasEffect(step: Step): boolean {
  return listSteps({ steps: [step] }).some(({ effect, kind }) => effect !== "read" && kind !== "group");
}

/** Of these paths of invocations, such as `each[3].send`, those of steps with effects. */
export function pathsWithEffects(plan: Plan, paths: readonly string[]): readonly string[] {
  const steps = new Map(listSteps(plan).map((step) => [step.path, step]));
  return paths.filter((path) => {
    const step = steps.get(stepPathOf(path));
    return step === undefined || hasEffect(step);
  });
}
