import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { foldPlan, unfoldPlan } from "../../src/plan/fold-plan.ts";
import type { Plan } from "../../src/plan/plan.ts";

const golden = join(import.meta.dirname, "..", "golden");
const plans = readdirSync(golden).map((name) => [
  name,
  JSON.parse(readFileSync(join(golden, name, "plan.json"), "utf8")) as Plan,
]) as [string, Plan][];

describe("a folded plan unfolds to itself", () => {
  test.each(plans)("%s", (_, plan) => {
    expect(unfoldPlan(foldPlan(plan))).toEqual(plan);
  });
});

test("a plan that is not folded stays as it is", () => {
  const [, plan] = plans[0] as [string, Plan];
  expect(unfoldPlan(plan)).toBe(plan);
});

test("what all steps have is said once", () => {
  const [first] = plans.find(([name]) => name === "kinds")?.[1].steps ?? [];
  const [, plan] = plans[0] as [string, Plan];
  const steps = Array.from({ length: 50 }, (_, index) => ({ ...first, id: `s${index}`, path: `s${index}` }));
  const many = { ...plan, steps } as Plan;
  expect(JSON.stringify(foldPlan(many)).length).toBeLessThan(JSON.stringify(many).length / 3);
  expect(unfoldPlan(foldPlan(many))).toEqual(many);
});
