import { findPlanFault } from "../plan/check-plan.ts";
import { type FoldedPlan, unfoldPlan } from "../plan/fold-plan.ts";
import type { JsonObject } from "../plan/json.ts";
import { type Plan, PLAN_FORMAT } from "../plan/plan.ts";
import { fail } from "./failure-info.ts";

/** So many plans are kept written out and checked: many runs of a worker are runs of few plans, and they share them. */
const MOST_PLANS = 50;

/** A plan as it came and as it is run, both frozen. */
export interface OpenedPlan {
  readonly packed: Plan | FoldedPlan;
  readonly plan: Plan;
}

/** By their JSON, the last used one last. The same text gives the same plan, so no run can tell. */
const known = new Map<string, OpenedPlan>();

/** The plan written out and checked. Throws `ApplicationFailure` `plan/newer-format`, `plan/malformed`. */
export function openPlan(packed: Plan | FoldedPlan): OpenedPlan {
  const text = JSON.stringify(packed);
  const opened = known.get(text) ?? { packed: freeze(packed), plan: checkPlan(unfoldPlan(packed)) };
  known.delete(text);
  known.set(text, opened);
  const [oldest] = known.keys();
  if (known.size > MOST_PLANS && oldest !== undefined) known.delete(oldest);
  return opened;
}

function checkPlan(plan: Plan): Plan {
  if (!(plan.format <= PLAN_FORMAT)) {
    throw fail(
      "plan/newer-format",
      `the plan has format ${plan.format}; this worker reads up to ${PLAN_FORMAT}: update the worker`,
    );
  }
  const fault = findPlanFault(plan as unknown as JsonObject);
  if (fault !== undefined) throw fail("plan/malformed", `the plan cannot be run: ${fault}`);
  return freeze(plan);
}

function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}
