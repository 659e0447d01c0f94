import { capsOfCall } from "../../costs/caps-of-call.ts";
import { modelOfAgent, priceOfAgent } from "../../costs/price-of-agent.ts";
import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { subAgentsOf } from "../../plan/agent-loop.ts";
import { isArtifactRef } from "../../plan/artifact.ts";
import type { Budget } from "../../plan/budget.ts";
import { unfoldPlan } from "../../plan/fold-plan.ts";
import type { Plan } from "../../plan/plan.ts";
import { agentsOfStep } from "../../plan/route.ts";
import type { Step, WorkflowStep } from "../../plan/step.ts";

type PricedPlan = Pick<Plan, "name" | "agents" | "budget" | "costs" | "steps" | "finally">;

/** A budget or limit, for people. */
interface Named {
  readonly name: string;
  readonly budget: Budget;
}

interface Warning {
  readonly step: Step;
  readonly message: string;
}

/** A budget in dollars cannot be kept where nobody knows what a model costs: its calls would be refused. */
export function warnOfPrices(plan: PricedPlan, file: string): readonly Diagnostic[] {
  const spend = plan.budget?.spend;
  const around = spend === undefined ? [] : [{ name: "the budget of the workflow", budget: spend }];
  const steps = plan.finally === undefined ? plan.steps : [...plan.steps, plan.finally];
  return warnOfSteps(plan, steps, { around, isChild: false }).map(({ step: { source }, message }) => {
    const { line, column } = source;
    const span = { line, column, endLine: line, endColumn: column + 1 };
    return createDiagnostic({ code: "budget/unpriced-agent", message, file, span });
  });
}

/** What is said of steps: of a child only what the budgets around it are about, the rest where it is compiled itself. */
interface Scope {
  readonly around: readonly Named[];
  readonly isChild: boolean;
}

/** Undos are never refused. */
function warnOfSteps(plan: PricedPlan, steps: readonly Step[], { around, isChild }: Scope): readonly Warning[] {
  return steps.flatMap((step) => {
    const { budget, path, kind } = step;
    const own = isChild || budget === undefined ? [] : [{ name: `the budget of step ${path}`, budget }];
    const budgets = [...around, ...own];
    if (kind === "group") return warnOfSteps(plan, step.steps, { around: budgets, isChild });
    if (kind === "workflow") return warnOfChild(step, budgets);
    return unpricedOf(plan, step).flatMap(({ name, model }) =>
      [...budgets, ...(isChild ? [] : limitsOf(plan, name, model))]
        .filter((one) => one.budget.usd !== undefined && one.budget.switchTo !== name)
        .map((one) => ({
          step,
          message: `${one.name} cannot be kept: nobody knows what ${model} costs, the model of ${name}`,
        })),
    );
  });
}

function warnOfChild(step: WorkflowStep, around: readonly Named[]): readonly Warning[] {
  if (around.length === 0 || isArtifactRef(step.plan)) return [];
  const child = unfoldPlan(step.plan);
  const inside = warnOfSteps(child, child.steps, { around, isChild: true });
  return inside.map(({ message }) => ({ step, message: `${message} in ${child.name}` }));
}

function unpricedOf(plan: PricedPlan, step: Step): readonly { readonly name: string; readonly model: string }[] {
  return [...agentsOfStep(step), ...subAgentsOf(step)].flatMap((name) => {
    const agent = plan.agents[name];
    if (agent === undefined || priceOfAgent(agent, plan.costs?.prices) !== undefined) return [];
    return [{ name, model: modelOfAgent(agent) }];
  });
}

function limitsOf(plan: PricedPlan, agent: string, model: string): readonly Named[] {
  const charge = { ...plan.costs, root: "", accounts: [], budgets: [] };
  const caps = capsOfCall(charge, [], { workflow: plan.name, agent, model, nowMs: 0 });
  return caps.map((budget) => ({ name: budget.name, budget }));
}
