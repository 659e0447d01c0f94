import { patched } from "@temporalio/workflow";
import type { CarriedState, CarriedStep, StepScope } from "../plan/carried-state.ts";
import { listSteps } from "../plan/list-steps.ts";
import type { Plan } from "../plan/plan.ts";
import type { Step } from "../plan/step.ts";

const PENDING: StepScope = { output: null, status: "pending", error: null, attempts: 0 };
const FAILED: ReadonlySet<string> = new Set(["failed", "cancelled", "outcome-unknown"]);
const ENDED: ReadonlySet<string> = new Set(["completed", "skipped", ...FAILED]);

/**
 * What expressions see of the steps of a run that begins or goes on. Open blocks tell of the steps in them themselves; of those in
 * blocks that have ended, which are gone, their states tell. Histories from before they did are replayed as they were.
 */
export function beginScope(plan: Plan, carried: CarriedState | undefined): Record<string, StepScope> {
  const scope: Record<string, StepScope> = {};
  for (const { id } of listSteps(plan)) scope[id] = PENDING;
  if (carried === undefined) return scope;
  const inGroups = new Set(plan.steps.flatMap(listInside));
  const ended = carried.steps.filter(({ id, status }) => inGroups.has(id) && ENDED.has(status));
  if (ended.length > 0 && patched("results-inside-groups")) for (const step of ended) scope[step.id] = scopeOf(step);
  return scope;
}

/** Ids of the steps inside a group that are run once: in a loop every round has results of its own. */
function listInside(step: Step): readonly string[] {
  if (step.kind !== "group" || step.forEach !== undefined || step.repeat !== undefined) return [];
  return step.steps.flatMap((child) => [child.id, ...listInside(child)]);
}

function scopeOf({ output, status, error, attempts }: CarriedStep): StepScope {
  // The state of a step that has run twice keeps the error of the first time.
  const hasFailed = error !== null && FAILED.has(status);
  return { output, status, error: hasFailed ? { code: error.code, message: error.message } : null, attempts };
}
