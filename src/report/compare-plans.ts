import { DATA_KEYS } from "../plan/data-keys.ts";
import { isJsonObject, type JsonValue } from "../plan/json.ts";
import { listSteps } from "../plan/list-steps.ts";
import type { Plan } from "../plan/plan.ts";

/** One thing that differs between two plans. */
export interface PlanDifference {
  readonly kind: "added" | "removed" | "changed";
  /** `steps.ID`, or a key of the plan, with the keys below it. */
  readonly path: string;
  readonly old?: JsonValue | undefined;
  readonly new?: JsonValue | undefined;
}

/** Where something stands, words about it, and steps, which are compared one by one. */
const NOT_COMPARED = new Set(["digest", "source", "description", "steps", "finally"]);

/** What differs, by step id; where a step stands in its file does not count. */
export function comparePlans(before: Plan, after: Plan, prefix = ""): readonly PlanDifference[] {
  const found: PlanDifference[] = [];
  compare(prefix, { old: before as never, now: after as never, isData: false }, found);
  const old = new Map(listSteps(before).map((step) => [step.id, step]));
  const now = new Map(listSteps(after).map((step) => [step.id, step]));
  const at = (id: string) => inside(prefix, `steps.${id}`);
  for (const [id] of old) if (!now.has(id)) found.push({ kind: "removed", path: at(id) });
  for (const [id, step] of now) {
    const known = old.get(id);
    if (known === undefined) found.push({ kind: "added", path: at(id) });
    else compare(at(id), { old: known as never, now: step as never, isData: false }, found);
  }
  return found;
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
  /** Values of the user's own: every key counts. */
  readonly isData: boolean;
}

function compare(path: string, { old, now, isData }: Pair, found: PlanDifference[]): void {
  if (JSON.stringify(old) === JSON.stringify(now)) return;
  if (!isJsonObject(old) || !isJsonObject(now)) {
    found.push({ kind: "changed", path, old, new: now });
    return;
  }
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    if (!isData && (NOT_COMPARED.has(key) || (key === "file" && typeof now[key] === "string"))) continue;
    const inner = inside(path, key);
    const pair = { old: old[key] as JsonValue, now: now[key] as JsonValue, isData: isData || DATA_KEYS.has(key) };
    if (!Object.hasOwn(old, key)) found.push({ kind: "added", path: inner, new: pair.now });
    else if (!Object.hasOwn(now, key)) found.push({ kind: "removed", path: inner, old: pair.old });
    else if (!pair.isData && isPlan(pair.old) && isPlan(pair.now))
      found.push(...comparePlans(pair.old, pair.now, inner));
    else compare(inner, pair, found);
  }
}

/** Of the workflow that a step calls. */
function isPlan(value: unknown): value is Plan {
  return isJsonObject(value) && typeof value["digest"] === "string" && Array.isArray(value["steps"]);
}

function inside(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function short(value: JsonValue | undefined): string {
  const text = JSON.stringify(value ?? null);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
