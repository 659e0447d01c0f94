import type { CostSettings } from "../../plan/budget.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Step } from "../../plan/step.ts";

/** What of the project's words about money is about a plan; nothing where no step calls a model. `steps`: all of them, undos too. */
export function costsOfPlan(
  steps: readonly Step[],
  project: CostSettings | undefined,
  name: string,
): Pick<Plan, "costs"> {
  if (project === undefined || !steps.some(({ kind }) => kind === "agent")) return {};
  const { limits: all, ...rest } = project;
  const limits = all?.filter(({ workflow }) => workflow === undefined || workflow === name) ?? [];
  const costs = { ...rest, ...(limits.length === 0 ? {} : { limits }) };
  return Object.keys(costs).length === 0 ? {} : { costs };
}

/** Agents that go on where a budget or limit has no more room. */
export function agentsToSwitchTo(
  steps: readonly Step[],
  { budget, costs }: Pick<Plan, "budget" | "costs">,
): readonly string[] {
  const budgets = [budget?.spend, ...steps.map((step) => step.budget), ...(costs?.limits ?? [])];
  return budgets.flatMap((one) => one?.switchTo ?? []);
}
