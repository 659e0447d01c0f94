import { isArtifactRef } from "./artifact.ts";
import type { PackedPlan } from "./fold-plan.ts";
import type { Step } from "./step.ts";

/** True where a run of the plan may leave something that can be taken back. Of a plan in the store nobody knows. */
export function hasUndo(plan: PackedPlan): boolean {
  if (isArtifactRef(plan)) return true;
  const { steps, finally: last } = plan;
  return [...steps, ...(last === undefined ? [] : [last])].some((step) => mayUndo(step as Step));
}

/** True where a step may leave something that can be taken back. */
export function mayUndo(step: Step): boolean {
  if (step.undo !== undefined) return true;
  if (step.kind === "group") return step.steps.some(mayUndo);
  return step.kind === "workflow" && step.keepsEffect !== true && hasUndo(step.plan);
}
