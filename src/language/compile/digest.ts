import { createHash } from "node:crypto";
import { barePlan } from "../../plan/bare-plan.ts";
import { canonicalJson } from "../../plan/canonical-json.ts";
import type { Plan } from "../../plan/plan.ts";

/** Hash of everything that changes what a run does; where it stands in the file does not. */
export function digestOf(plan: Omit<Plan, "digest">): string {
  const text = canonicalJson(barePlan(plan)) as string;
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
