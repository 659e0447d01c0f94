// What a step waits for, where handlers of failures stand between.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadWorkflow } from "../../src/bundle/load-workflow.ts";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import { findPlanFault } from "../../src/plan/check-plan.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import { projectWithAgent } from "./project-with-agent.ts";

/** Steps by their heading, with the settings of each. */
const compile = (steps: Readonly<Record<string, string>>) =>
  compileWorkflow(
    {
      file: "w.md",
      bytes: Object.entries(steps)
        .map(([heading, yaml]) => `## ${heading}\nDo it.\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`)
        .join(""),
    },
    projectWithAgent,
  );
const needsOf = (steps: Readonly<Record<string, string>>) => {
  const { plan, diagnostics } = compile(steps);
  expect(diagnostics).toEqual([]);
  expect(findPlanFault(plan as unknown as JsonObject)).toBeUndefined();
  return Object.fromEntries((plan?.steps ?? []).map(({ id, needs }) => [id, needs]));
};

describe("to wait for a handler is to wait for the steps it handles", () => {
  test("whatever handles whom", () => {
    expect(
      needsOf({
        A: "on-error: h1",
        B: "needs: []\non-error: [{ step: h1, match: { code: script/exit } }, h3]",
        H1: "on-error: h2",
        H2: "on-error: h3",
        H3: "effect: read",
        C: "needs: [h2]",
        D: "needs: [h3, c]",
        E: "effect: read",
      }),
    ).toEqual({ a: [], b: [], h1: [], h2: [], h3: [], c: ["a", "b"], d: ["b", "a", "c"], e: ["d"] });
  });

  test("and expressions may name it", () => {
    const { diagnostics } = compile({
      A: "on-error: h1",
      H1: "on-error: h2",
      H2: "effect: read",
      C: "needs: [h2]\nif: steps.h2.status == 'completed' && steps.h1.status == 'failed' && steps.a.status == 'failed'",
    });
    expect(diagnostics).toEqual([]);
  });
});

test("“Finally” handles no failure of one step", () => {
  const { plan, diagnostics } = compile({ A: "on-error: finally", Finally: "effect: read" });
  expect(diagnostics).toMatchObject([
    { code: "step/wrong-order", span: { line: 4, column: 11 }, hint: expect.stringContaining("leave") },
  ]);
  expect(plan).toBeUndefined();
  expect(compile({ A: "effect: read", Finally: "effect: read" }).diagnostics).toEqual([]);
});

describe("what the compiler makes the interpreter takes", () => {
  const files = ["examples", "test/golden"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => /^[^/]+\/(?!.*(README|node_modules))[^/]*\.md$/.test(path))
      .map((path) => join(folder, path)),
  );

  test.each(files)("%s", (file) => {
    const { plan } = loadWorkflow(file, { env: { ANTHROPIC_API_KEY: "x" } });
    expect(plan).toBeDefined();
    expect(findPlanFault(plan as unknown as JsonObject)).toBeUndefined();
  });
});
