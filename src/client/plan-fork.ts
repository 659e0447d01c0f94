import { programsOf } from "../expressions/render-template.ts";
import { grantedTools, subAgentsOf } from "../plan/agent-loop.ts";
import { bareStep } from "../plan/bare-plan.ts";
import { canonicalJson } from "../plan/canonical-json.ts";
import type { CarriedState } from "../plan/carried-state.ts";
import { hasEffect } from "../plan/has-effect.ts";
import type { JsonObject } from "../plan/json.ts";
import { listSteps } from "../plan/list-steps.ts";
import type { Plan } from "../plan/plan.ts";
import { agentsOfStep } from "../plan/route.ts";
import type { Step } from "../plan/step.ts";
import { listTakenBack } from "../plan/taken-back.ts";
import type { Template } from "../plan/template.ts";

/** What a fork would do. Ids of steps of the first level. */
export interface ForkPlan {
  /** Their results are taken over. */
  readonly reused: readonly string[];
  /** They run, and why. */
  readonly again: readonly { readonly id: string; readonly why: string; readonly repeatsEffect: boolean }[];
}

/**
 * Decides which results a new run may take over: of steps whose definition and inputs are the same, that do not come at
 * or after `from`, and that need no step which runs again.
 */
export function planFork(
  before: { readonly plan: Plan; readonly inputs: JsonObject; readonly state: CarriedState },
  after: { readonly plan: Plan; readonly inputs: JsonObject; readonly from: string | undefined },
): ForkPlan {
  const old = new Map(before.plan.steps.map((step) => [step.id, step]));
  const ended = new Map(before.state.frames.find(({ prefix }) => prefix === "")?.ended);
  const takenBack = new Set(listTakenBack(before.state).map(({ path }) => path.split(/[.[/]/, 1)[0]));
  const begun = new Map(before.state.steps.map((step) => [step.id, step]));
  const changed = new Set(
    Object.keys({ ...before.inputs, ...after.inputs }).filter(
      (name) => JSON.stringify(before.inputs[name]) !== JSON.stringify(after.inputs[name]),
    ),
  );
  const reused = new Set<string>();
  const again: { id: string; why: string; repeatsEffect: boolean }[] = [];
  let isAfter = false;
  /** Undefined where the result may be taken over. */
  const whyAgain = (step: Step): string | undefined => {
    const known = old.get(step.id);
    if (isAfter) return "it comes at or after the step to begin with";
    if (known === undefined) return "it is new";
    const status = ended.get(step.id)?.status;
    if (status !== "completed" && status !== "skipped") return `it is ${status ?? "not done"}`;
    if (takenBack.has(step.id)) return "it was taken back";
    if (definitionOf(step, after.plan) !== definitionOf(known, before.plan)) return "its definition has changed";
    const needed = step.needs.find((id) => !reused.has(id));
    if (needed !== undefined) return `it needs ${needed}`;
    const handled = step.handles?.find((id) => !reused.has(id));
    if (handled !== undefined) return `it takes care of ${handled}`;
    const input = readsOf(step, after.plan, changed);
    return input === undefined ? undefined : `the input ${input} has changed`;
  };
  for (const step of after.plan.steps) {
    isAfter ||= step.id === after.from;
    const why = whyAgain(step);
    if (why === undefined) reused.add(step.id);
    else again.push({ id: step.id, why, repeatsEffect: hasEffect(step) && begun.has(step.id) });
  }
  return { reused: [...reused], again };
}

/** What makes a step what it is: all but its place in the file and its words for people. */
function definitionOf(step: Step, plan: Plan): string {
  const parts = listSteps({ steps: [step] });
  const agents = parts.flatMap((part) => agentsOfStep(part).map((name) => plan.agents[name]));
  const tools = parts.flatMap((part) => (part.kind === "tool" ? [plan.tools[part.tool]] : []));
  const asked = parts.flatMap(subAgentsOf).map((name) => plan.agents[name]);
  const granted = parts.flatMap(grantedTools).map((name) => plan.tools[name]);
  return canonicalJson([bareStep(step), agents, tools, asked, granted, plan.env]) as string;
}

/** Of the inputs named, the first that an expression of the step, or of the environment that it is given, may read. */
function readsOf(step: Step, { env }: Plan, names: ReadonlySet<string>): string | undefined {
  const programs = programsOf([env, ...listSteps({ steps: [step] }).flatMap(templatesOf)] as unknown as Template);
  for (const { references } of programs)
    for (const { path } of references) {
      const [root, name] = path;
      if (root !== "inputs") continue;
      // Without a name the expression reads them all, or one that only a run knows.
      const read = name === undefined ? [...names][0] : name;
      if (read !== undefined && names.has(read)) return read;
    }
  return undefined;
}

/** All that a step evaluates itself: the inputs of a workflow that it calls are other ones. */
function templatesOf(step: Step): readonly unknown[] {
  const { undo, ...own } = step;
  const truths = [step.if, step.forEach?.items, step.repeat?.until, step.verify];
  const expressions = truths.flatMap((cel) => (cel === undefined ? [] : [{ $expr: cel }]));
  return [{ ...own, steps: null, plan: null }, ...expressions, ...(undo === undefined ? [] : templatesOf(undo))];
}
