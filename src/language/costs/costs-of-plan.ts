import type { CostSettings } from "../../plan/budget.ts";
import type { Plan, ToolSpec } from "../../plan/plan.ts";
import type { Step, ToolStep } from "../../plan/step.ts";

/** Does the step call a tool that has a price? */
export function callsPricedTool(step: Pick<Step, "kind">, tools: { readonly [name: string]: ToolSpec }): boolean {
  if (step.kind !== "tool") return false;
  const { tool, operation } = step as ToolStep;
  return tools[tool]?.operations[operation]?.usd !== undefined;
}

/** What of the project's words about money is about a plan; nothing where no step costs any. `steps`: all of them, undos too. */
export function costsOfPlan(
  steps: readonly Step[],
  project: CostSettings | undefined,
  { name, tools }: Pick<Plan, "name" | "tools">,
): Pick<Plan, "costs"> {
  if (project === undefined || !steps.some((step) => step.kind === "agent" || callsPricedTool(step, tools))) return {};
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
