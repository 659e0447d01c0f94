import { isArtifactRef } from "../plan/artifact.ts";
import { barePlan, bareStep } from "../plan/bare-plan.ts";
import { unfoldPlan } from "../plan/fold-plan.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../plan/json.ts";
import { listSteps } from "../plan/list-steps.ts";
import type { Plan } from "../plan/plan.ts";
import type { Step } from "../plan/step.ts";

/** One thing that differs between two plans. */
export interface PlanDifference {
  readonly kind: "added" | "removed" | "changed";
  /** `steps.ID`, or a key of the plan, with the keys below it. */
  readonly path: string;
  readonly old?: JsonValue | undefined;
  readonly new?: JsonValue | undefined;
}

/** What differs, by step id; where a step stands in its file, and what is said of it to people, does not count. */
export function comparePlans(before: Plan, after: Plan, prefix = ""): readonly PlanDifference[] {
  const found: PlanDifference[] = [];
  compare(prefix, { old: headOf(before), now: headOf(after) }, found);
  const old = new Map(listSteps(before).map((step) => [step.id, step]));
  const now = new Map(listSteps(after).map((step) => [step.id, step]));
  const at = (id: string) => inside(prefix, `steps.${id}`);
  for (const [id] of old) if (!now.has(id)) found.push({ kind: "removed", path: at(id) });
  for (const [id, step] of now) {
    const known = old.get(id);
    if (known === undefined) found.push({ kind: "added", path: at(id) });
    else found.push(...compareSteps(at(id), known, step));
  }
  return found;
}

/** A plan but for its steps. */
function headOf(plan: Plan): JsonObject {
  const { finally: _, ...rest } = plan;
  const { steps: __, ...head } = barePlan({ ...rest, steps: [] });
  return head;
}

/** Those below a group are compared by themselves, and a workflow that both call by its own steps. */
function compareSteps(path: string, old: Step, now: Step): readonly PlanDifference[] {
  const [before, after] = [calledBy(old), calledBy(now)];
  const bothCall = before !== undefined && after !== undefined;
  const own = (step: Step): JsonObject => {
    const { steps: _, plan, ...rest } = bareStep(step);
    return plan === undefined || bothCall ? rest : { ...rest, plan };
  };
  const found: PlanDifference[] = [];
  compare(path, { old: own(old), now: own(now) }, found);
  return bothCall ? [...found, ...comparePlans(before, after, inside(path, "plan"))] : found;
}

function calledBy(step: Step): Plan | undefined {
  return step.kind === "workflow" && !isArtifactRef(step.plan) ? unfoldPlan(step.plan) : undefined;
}

/** The differences as lines. */
export function renderPlanDiff(differences: readonly PlanDifference[]): string {
  if (differences.length === 0) return "The plans do the same.";
  const mark = { added: "+", removed: "-", changed: "~" };
  return differences
    .map(({ kind, path, old, new: now }) => {
      const values = kind === "changed" ? `: ${short(old)} → ${short(now)}` : "";
      return `${mark[kind]} ${path}${values}`;
    })
    .join("\n");
}

interface Pair {
  readonly old: JsonValue;
  readonly now: JsonValue;
}

function compare(path: string, { old, now }: Pair, found: PlanDifference[]): void {
  if (JSON.stringify(old) === JSON.stringify(now)) return;
  if (!isJsonObject(old) || !isJsonObject(now)) {
    found.push({ kind: "changed", path, old, new: now });
    return;
  }
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const inner = inside(path, key);
    const pair = { old: old[key] as JsonValue, now: now[key] as JsonValue };
    if (!Object.hasOwn(old, key)) found.push({ kind: "added", path: inner, new: pair.now });
    else if (!Object.hasOwn(now, key)) found.push({ kind: "removed", path: inner, old: pair.old });
    else compare(inner, pair, found);
  }
}

function inside(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function short(value: JsonValue | undefined): string {
  const text = JSON.stringify(value ?? null);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
