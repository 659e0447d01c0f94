import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { listSteps } from "../../plan/list-steps.ts";
import type { Plan } from "../../plan/plan.ts";

/** A workflow that rolls back should say of each step with effects how it is undone, or that it is not. */
export function warnOfEffects(
  plan: Pick<Plan, "onFailure" | "steps" | "finally">,
  file: string,
): readonly Diagnostic[] {
  if (plan.onFailure !== "rollback") return [];
  return listSteps({ steps: plan.steps })
    .filter(({ effect, undo, keepsEffect }) => effect !== "read" && undo === undefined && keepsEffect !== true)
    .map(({ title, source: { line, column } }) =>
      createDiagnostic({
        code: "step/no-undo",
        message: `the workflow rolls back, but nothing undoes ${title}`,
        file,
        span: { line, column, endLine: line, endColumn: column + 1 },
      }),
    );
}
