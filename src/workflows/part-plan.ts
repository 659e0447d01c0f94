import { trimScope } from "../expressions/deferral.ts";
import { compileProgram } from "../expressions/compile-program.ts";
import { programsOf } from "../expressions/render-template.ts";
import { grantedTools, subAgentsOf } from "../plan/agent-loop.ts";
import type { StepScope } from "../plan/carried-state.ts";
import { foldPlan } from "../plan/fold-plan.ts";
import type { JsonObject } from "../plan/json.ts";
import { listSteps } from "../plan/list-steps.ts";
import type { Plan } from "../plan/plan.ts";
import { agentsOfStep } from "../plan/route.ts";
import type { Step } from "../plan/step.ts";
import type { Template } from "../plan/template.ts";
import { type Invocation, scopeOfInvocation } from "./invocation.ts";
import type { PartCommon } from "./part-messages.ts";

/** What the parts of a loop need to run its items as the run itself would. */
export function partCommon(invocation: Invocation): PartCommon {
  const { run, frame, step, path, title, index, names } = invocation;
  const { inputs = {}, steps = {} } = trimScope(programsIn(step), scopeOfInvocation(invocation));
  return {
    // The inputs of the whole run are not there to render it anew.
    plan: foldPlan({ ...pieceOf(run.plan, step), env: run.env }),
    path,
    title,
    index: index ?? null,
    prefix: frame.prefix,
    itemIndex: frame.itemIndex ?? null,
    inLoop: frame.inLoop,
    names,
    inputs: inputs as JsonObject,
    steps: steps as unknown as Record<string, StepScope>,
  };
}

/** The plan of one step: what is about the run as a whole stays with the run. */
function pieceOf(plan: Plan, step: Step): Plan {
  const { finally: _, timeoutMs: _1, budget: _2, concurrency: _3, rollbackTo: _4, description: _5, ...rest } = plan;
  const used = withUndos(step);
  const budgets = [plan.budget?.spend, ...listSteps(plan).map((one) => one.budget), ...(plan.costs?.limits ?? [])];
  const cheaper = budgets.flatMap((budget) => budget?.switchTo ?? []);
  const agents = new Set([...used.flatMap(agentsOfStep), ...cheaper]);
  const tools = new Set(
    used.flatMap((one) =>
      one.kind === "tool" ? [one.tool] : one.kind === "agent" ? one.tools.map((grant) => grant.split(".", 1)[0]) : [],
    ),
  );
  for (const name of used.flatMap(subAgentsOf)) agents.add(name);
  for (const name of used.flatMap(grantedTools)) tools.add(name);
  return {
    ...rest,
    inputs: {},
    outputs: {},
    onFailure: "stop",
    agents: pick(plan.agents, agents),
    tools: pick(plan.tools, tools),
    steps: [step],
  };
}

function pick<T>(all: { readonly [name: string]: T }, names: ReadonlySet<string | undefined>): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name)));
}

/** Every expression that running an item evaluates; the list of items has been evaluated already. */
function programsIn(step: Step) {
  const cel = withUndos(step).flatMap((one) => [
    one === step ? undefined : one.if,
    // A list that is written out is a template like any other.
    one === step ? undefined : one.forEach?.items,
    one.repeat?.until,
    one.verify,
  ]);
  const truths = cel.flatMap((one) => (typeof one === "string" ? [compileProgram(one)] : []));
  return [...programsOf(step as unknown as Template), ...truths];
}

function withUndos(step: Step): readonly Step[] {
  return listSteps({ steps: [step] }).flatMap((one) => (one.undo === undefined ? [one] : [one, one.undo]));
}
