import { estimatePlan } from "../../costs/estimate-plan.ts";
import { findPrice } from "../../costs/find-price.ts";
import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import { formatUsd } from "../../plan/format-usd.ts";
import type { AgentSpec } from "../../plan/agent-spec.ts";
import { foldPlan, type PackedPlan, unfoldPlan } from "../../plan/fold-plan.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Step } from "../../plan/step.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { loadEstimate } from "../load-estimate.ts";
import { renderTable } from "../table.ts";

/** `costs compare FILE --models A,B`: what the workflow would cost with each of the models, the cheapest first. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const { plan, known } = loadEstimate(args[0] ?? "", { options, out });
  const names = (options["models"] as string).split(",").map((name) => name.trim());
  if (names.some((name) => name === ""))
    throw new DiagnosticError([createDiagnostic({ code: "cli/usage", message: "--models takes names: --models a,b" })]);
  const models = names
    .map((model) => {
      const { least, most } = estimatePlan(withModel(plan, model), known);
      const price = findPrice(model, { list: plan.costs?.prices });
      return { model, pricedAs: price?.model ?? null, least, most };
    })
    .sort((a, b) => rank(a.most) - rank(b.most) || rank(a.least) - rank(b.least));
  out.data({ workflow: plan.name, models });
  const usd = (value: number | null) => (value === null ? "?" : formatUsd(value));
  out.text(
    renderTable(
      ["model", "priced as", "least", "most"],
      models.map(({ model, pricedAs, least, most }) => [model, pricedAs ?? "unknown", usd(least), usd(most)]),
    ),
  );
  return EXIT.ok;
};

function rank(value: number | null): number {
  return value ?? Number.MAX_VALUE;
}

/** The plan, and the plans that it calls, with every agent on this model. */
function withModel(plan: Plan, model: string): Plan {
  const agents = Object.entries(plan.agents).map(([name, { price: _price, ...spec }]): [string, AgentSpec] => [
    name,
    { ...spec, model },
  ]);
  return { ...plan, agents: Object.fromEntries(agents), steps: plan.steps.map((step) => stepWithModel(step, model)) };
}

function stepWithModel(step: Step, model: string): Step {
  if (step.kind === "group") return { ...step, steps: step.steps.map((child) => stepWithModel(child, model)) };
  if (step.kind !== "workflow" || "$artifact" in step.plan) return step;
  return { ...step, plan: foldPlan(withModel(unfoldPlan(step.plan), model)) satisfies PackedPlan };
}
