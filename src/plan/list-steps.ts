import type { Plan } from "./plan.ts";
import type { Step } from "./step.ts";

/** Every step of a plan in the order of the file: children after their group, `finally` at the end; no undos. */
export function listSteps({ steps, finally: last }: Pick<Plan, "steps" | "finally">): readonly Step[] {
  const all = steps.flatMap(withChildren);
  return last === undefined ? all : [...all, ...withChildren(last)];
}

function withChildren(step: Step): readonly Step[] {
  return step.kind === "group" ? [step, ...step.steps.flatMap(withChildren)] : [step];
}
