import type { Plan } from "../plan/plan.ts";
import type { Output } from "./output.ts";

/** Prints a plan as JSON: alone, or with `--json` beside the version of what commands print. */
export function printPlan(out: Output, plan: Plan): void {
  out.data({ plan });
  out.text(JSON.stringify(plan, undefined, 2));
}
