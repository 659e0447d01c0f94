import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { isArtifactRef } from "../../plan/artifact.ts";
import { listSteps } from "../../plan/list-steps.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Step } from "../../plan/step.ts";

/** A workflow that rolls back should say of each step with effects how it is undone, or that it is not. */
export function warnOfEffects(
  plan: Pick<Plan, "onFailure" | "steps" | "finally">,
  file: string,
): readonly Diagnostic[] {
  if (plan.onFailure !== "rollback") return [];
  return listSteps({ steps: plan.steps })
    .filter(keepsEffectUnsaid)
    .map(({ title, source: { line, column } }) =>
      createDiagnostic({
        code: "step/no-undo",
        message: `the workflow rolls back, but nothing undoes ${title}`,
        file,
        span: { line, column, endLine: line, endColumn: column + 1 },
      }),
    );
}

/** A child run is taken back by the undos of its own steps. */
function keepsEffectUnsaid(step: Step): boolean {
  if (step.undo !== undefined || step.keepsEffect === true) return false;
  if (step.kind !== "workflow" || isArtifactRef(step.plan)) return step.effect !== "read";
  return listSteps({ steps: (step.plan as Plan).steps }).some(keepsEffectUnsaid);
}
