import { isArtifactRef } from "./artifact.ts";
import { type PackedPlan, unfoldPlan } from "./fold-plan.ts";
import type { JsonObject } from "./json.ts";
import type { Plan } from "./plan.ts";
import type { Step } from "./step.ts";

/** A plan without what is of no account for what it does: where things stand in files, and prose about it and its steps. */
export function barePlan(plan: Omit<Plan, "digest">): JsonObject {
  const { digest: _, file: __, description: ___, steps, finally: last, ...rest } = plan as Plan;
  return {
    ...rest,
    steps: steps.map(bareStep),
    ...(last === undefined ? {} : { finally: bareStep(last) }),
  } as unknown as JsonObject;
}

/** The same of a step, of those below it, its undo and the workflow that it calls. */
export function bareStep(step: Step): JsonObject {
  const { source: _, description: __, undo, ...rest } = step;
  return {
    ...rest,
    ...(undo === undefined ? {} : { undo: bareStep(undo) }),
    ...(rest.kind === "group" ? { steps: rest.steps.map(bareStep) } : {}),
    ...(rest.kind === "workflow" ? { plan: bareChild(rest.plan) } : {}),
  } as unknown as JsonObject;
}

function bareChild(plan: PackedPlan): JsonObject {
  return isArtifactRef(plan) ? { ...plan } : barePlan(unfoldPlan(plan));
}
