import type { AccountBudget } from "./budget.ts";
import type { Plan } from "./plan.ts";
import type { Step } from "./step.ts";

/** The budget of a run, and those of the steps that a path stands in. `steps`: all of the plan. */
export function budgetsOf(
  { plan, keyId }: { readonly plan: Plan; readonly keyId: string },
  steps: readonly Step[],
  path: string,
): readonly AccountBudget[] {
  const spend = plan.budget?.spend;
  const ofRun: AccountBudget[] =
    spend === undefined ? [] : [{ ...spend, name: `the budget of ${keyId}`, account: keyId, isStep: false }];
  const ofSteps = steps.flatMap((step): AccountBudget[] => {
    const isAround = path === step.path || path.startsWith(`${step.path}.`) || path.startsWith(`${step.path}/`);
    if (step.budget === undefined || !isAround) return [];
    const account = `${keyId}#${step.path}`;
    return [{ ...step.budget, name: `the budget of step ${step.path}`, account, isStep: true }];
  });
  return [...ofRun, ...ofSteps];
}
