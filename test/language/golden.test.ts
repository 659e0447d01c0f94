import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { loadWorkflow } from "../../src/bundle/load-workflow.ts";

const folder = "test/golden";

describe.each(readdirSync(folder))("golden %s", (name) => {
  const load = () => loadWorkflow(join(folder, name, "workflow.md"), { env: { ANTHROPIC_API_KEY: "x" } });

  test("compiles to the plan beside it", async () => {
    const { plan, diagnostics } = load();
    expect(diagnostics).toEqual([]);
    await expect(`${JSON.stringify(plan, undefined, 2)}\n`).toMatchFileSnapshot(resolve(folder, name, "plan.json"));
  });

  test("compiles to the same bytes again, and survives JSON", () => {
    expect(JSON.stringify(load().plan)).toBe(JSON.stringify(load().plan));
    expect(JSON.parse(JSON.stringify(load().plan))).toEqual(load().plan);
  });
});
