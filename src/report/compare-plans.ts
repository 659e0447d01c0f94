import { isJsonObject, type JsonValue } from "../plan/json.ts";
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

const IGNORED = new Set(["digest", "source", "file", "steps", "finally", "description"]);

/** What differs, by step id; where a step stands in its file does not count. */
export function comparePlans(before: Plan, after: Plan): readonly PlanDifference[] {
  const differences: PlanDifference[] = [];
  compare("", before as unknown as JsonValue, after as unknown as JsonValue, differences);
  const old = new Map(listSteps(before).map((step) => [step.id, step]));
  const now = new Map(listSteps(after).map((step) => [step.id, step]));
  for (const [id] of old) if (!now.has(id)) differences.push({ kind: "removed", path: `steps.${id}` });
  for (const [id, step] of now) {
    const known = old.get(id);
    if (known === undefined) differences.push({ kind: "added", path: `steps.${id}` });
    else compare(`steps.${id}`, plain(known), plain(step), differences);
  }
  return differences;
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

function compare(path: string, old: JsonValue, now: JsonValue, found: PlanDifference[]): void {
  if (JSON.stringify(old) === JSON.stringify(now)) return;
  if (!isJsonObject(old) || !isJsonObject(now)) {
    found.push({ kind: "changed", path, old, new: now });
    return;
  }
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    if (IGNORED.has(key)) continue;
    const inner = path === "" ? key : `${path}.${key}`;
    if (!Object.hasOwn(old, key)) found.push({ kind: "added", path: inner, new: now[key] });
    else if (!Object.hasOwn(now, key)) found.push({ kind: "removed", path: inner, old: old[key] });
    else compare(inner, old[key] as JsonValue, now[key] as JsonValue, found);
  }
}

function plain(step: Step): JsonValue {
  return step as unknown as JsonValue;
}

function short(value: JsonValue | undefined): string {
  const text = JSON.stringify(value ?? null);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
