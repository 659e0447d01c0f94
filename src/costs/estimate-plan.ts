import type { AgentSpec } from "../plan/agent-spec.ts";
import { unfoldPlan } from "../plan/fold-plan.ts";
import type { Plan } from "../plan/plan.ts";
import type { PriceList } from "../plan/price.ts";
import type { TokenUsage } from "../plan/report.ts";
import type { AgentStep, ForEach, Step, ToolStep } from "../plan/step.ts";
import { addPricedTools } from "./add-priced-tools.ts";
import { estimateAgentStep } from "./estimate-agent-step.ts";
import type { Range } from "./estimate-call.ts";

/** What an estimate may know beside the plan. */
export interface EstimateOptions {
  readonly prices?: PriceList | undefined;
  /** How many items a for-each has whose list is not known before. */
  readonly items?: number | undefined;
  /** What the recorded replies of a step declare; undefined where its agent is no recorded one. */
  readonly recordedUse?: ((agent: AgentSpec, stepId: string) => readonly TokenUsage[] | undefined) | undefined;
}

/** What one step may cost, in US dollars; null where nobody knows. */
export interface StepEstimate {
  readonly path: string;
  readonly title: string;
  /** Of a call of a tool, both are its operation. */
  readonly agent: string;
  readonly model: string;
  /** Of the model, or of the tool. */
  readonly calls: { readonly least: number; readonly most: number | null };
  readonly least: number | null;
  readonly most: number | null;
  /** How the numbers came about. */
  readonly why: readonly string[];
}

/** What a workflow may cost. */
export interface PlanEstimate {
  readonly steps: readonly StepEstimate[];
  readonly least: number | null;
  readonly most: number | null;
}

/** How often a step runs; `most` is Infinity where nobody knows. */
interface Times extends Range {
  readonly why: readonly string[];
  /** Path of the child workflow it stands in, and its dot. */
  readonly prefix: string;
}

const ONCE: Times = { least: 1, most: 1, why: [], prefix: "" };

/** What a run of a plan will cost, from least to most, by step. */
export function estimatePlan(plan: Plan, options: EstimateOptions = {}): PlanEstimate {
  const steps = estimateSteps(plan, options, ONCE);
  const sum = (values: readonly (number | null)[]) =>
    values.reduce<number | null>((total, value) => (total === null || value === null ? null : total + value), 0);
  return { steps, least: sum(steps.map(({ least }) => least)), most: sum(steps.map(({ most }) => most)) };
}

function estimateSteps(plan: Plan, options: EstimateOptions, times: Times): readonly StepEstimate[] {
  const all = plan.finally === undefined ? plan.steps : [...plan.steps, plan.finally];
  return all.flatMap((step) => estimateStep(plan, step, { options, times }));
}

interface Around {
  readonly options: EstimateOptions;
  readonly times: Times;
}

function estimateStep(plan: Plan, step: Step, { options, times: around }: Around): readonly StepEstimate[] {
  const times = timesOf(step, around, options.items);
  const undone = { ...times, least: 0, why: [...times.why, "only where it is taken back"] };
  const undo = step.undo === undefined ? [] : estimateStep(plan, step.undo, { options, times: undone });
  switch (step.kind) {
    case "agent":
      return [finish(addPricedTools(estimateAgentStep(plan, step, options), plan, step), step, times), ...undo];
    case "tool": {
      const usd = plan.tools[step.tool]?.operations[step.operation]?.usd;
      return [...(usd === undefined ? [] : [finish(estimateToolStep(step, usd), step, times)]), ...undo];
    }
    case "group": {
      const some = typeof step.join === "number" && step.join < step.steps.length;
      const inner = some ? { ...times, least: 0, why: [...times.why, "a sibling may end first"] } : times;
      return [...step.steps.flatMap((child) => estimateStep(plan, child, { options, times: inner })), ...undo];
    }
    case "workflow": {
      const child = "$artifact" in step.plan ? undefined : unfoldPlan(step.plan);
      const inner = { ...times, prefix: `${around.prefix}${step.path}/` };
      return [...(child === undefined ? [] : estimateSteps(child, options, inner)), ...undo];
    }
    default:
      return undo;
  }
}

function estimateToolStep({ tool, operation }: ToolStep, usd: number): ReturnType<typeof estimateAgentStep> {
  const model = `${tool}.${operation}`;
  return {
    model,
    calls: { least: 1, most: 1 },
    cost: { least: usd, most: usd },
    isWhole: false,
    why: ["as its `cost` says"],
  };
}

function timesOf(step: Step, around: Times, items: number | undefined): Times {
  const mayNotRun = step.if !== undefined || step.handles !== undefined;
  const loop = step.forEach === undefined ? undefined : countItems(step.forEach.items, items);
  const rounds = step.repeat === undefined ? { least: 1, most: 1 } : { least: 1, most: step.repeat.max };
  const why = [
    ...around.why,
    ...(step.if === undefined ? [] : ["runs only if its condition holds"]),
    ...(step.handles === undefined ? [] : ["runs only after a failure"]),
    ...(loop === undefined ? [] : [loop.why]),
    ...(step.repeat === undefined ? [] : [`repeats at most ${step.repeat.max} times`]),
  ];
  return {
    least: mayNotRun ? 0 : around.least * (loop?.least ?? 1) * rounds.least,
    most: around.most * (loop?.most ?? 1) * rounds.most,
    why,
    prefix: around.prefix,
  };
}

function countItems(list: ForEach["items"], items: number | undefined): Range & { readonly why: string } {
  const literal = typeof list === "string" ? readList(list) : list.length;
  if (literal !== undefined) return { least: literal, most: literal, why: `${literal} items` };
  if (items !== undefined) return { least: items, most: items, why: `${items} items, as you said` };
  return { least: 0, most: Infinity, why: "nobody knows yet how many items there are: say `--items N`" };
}

function readList(text: string): number | undefined {
  try {
    const value: unknown = JSON.parse(text.replaceAll("'", '"'));
    return Array.isArray(value) ? value.length : undefined;
  } catch {
    return undefined;
  }
}

/** One run of the step, as often as it runs. Recorded replies are those of all its items and rounds. */
function finish(
  once: ReturnType<typeof estimateAgentStep>,
  { path, title, ...step }: AgentStep | ToolStep,
  times: Times,
): StepEstimate {
  const { least, most } = once.isWhole ? { least: Math.min(times.least, 1), most: 1 } : times;
  const known = (value: number) => (Number.isFinite(value) ? value : null);
  // Zero times an unknown number is nothing.
  const multiply = (value: number, count: number) => (value === 0 ? 0 : value * count);
  return {
    path: `${times.prefix}${path}`,
    title,
    agent: step.kind === "agent" ? step.agent : once.model,
    model: once.model,
    calls: { least: multiply(once.calls.least, least), most: known(multiply(once.calls.most, most)) },
    least: once.cost && multiply(once.cost.least, least),
    most: once.cost && known(multiply(once.cost.most, most)),
    why: [...once.why, ...times.why],
  };
}
