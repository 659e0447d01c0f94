import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileWorkflow, type CompileResult } from "../../src/language/compile-workflow.ts";
import { findPlanFault } from "../../src/plan/check-plan.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import { projectWithAgent } from "./project-with-agent.ts";

const compile = (bytes: string | Uint8Array): CompileResult =>
  compileWorkflow({ file: "w.md", bytes }, projectWithAgent);

const seeds = [
  ...readdirSync("test/golden").map((name) => readFileSync(join("test/golden", name, "workflow.md"), "utf8")),
  ...readdirSync("examples").map((name) => readFileSync(join("examples", name, "workflow.md"), "utf8")),
];
const pieces = [
  ["---\n", "## ", "# ", "```yaml step\n", "```bash run\n", "```\n", "~~~\n", "> ", "- ", "<!--", "-->", "${{ ", " }}"],
  ["for-each: ", "if: ", "steps.one.output", "inputs.x", "with: {", "}", "[", "]", ": ", "'", '"', "\\", "\t", "\r\n"],
  [
    "output: ",
    "on-error: finally\n",
    "needs: [one]\n",
    "wait: 1s\n",
    "uses: a.b\n",
    "__proto__",
    "&a ",
    "*a ",
    "!!js ",
    "\0",
    "\u2028",
    "\uFEFF",
    "😀",
    "\n",
  ],
].flat();

/** A good workflow with pieces put in, taken out and doubled. */
const mutated = fc
  .record({
    seed: fc.constantFrom(...seeds),
    edits: fc.array(
      fc.record({
        at: fc.nat(),
        drop: fc.nat({ max: 40 }),
        put: fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary", maxLength: 8 })),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ seed, edits }) =>
    edits.reduce((text, { at, drop, put }) => {
      const start = at % (text.length + 1);
      return text.slice(0, start) + put + text.slice(start + drop);
    }, seed),
  );
const assembled = fc
  .array(fc.constantFrom(...pieces, "one", "Do it.\n"), { maxLength: 60 })
  .map((parts) => parts.join(""));
const anything = fc.oneof(mutated, assembled, fc.string({ unit: "binary", maxLength: 300 }));

function checkResult(text: string, { plan, diagnostics }: CompileResult): void {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  for (const { code, span, hint } of diagnostics) {
    expect(hint, code).not.toBe("");
    if (span === undefined) continue;
    expect(span.line, code).toBeGreaterThanOrEqual(1);
    expect(span.endLine, code).toBeLessThanOrEqual(lines.length + 1);
    expect(span.endLine, code).toBeGreaterThanOrEqual(span.line);
    expect(span.column, code).toBeGreaterThanOrEqual(1);
    expect(span.column, code).toBeLessThanOrEqual((lines[span.line - 1]?.length ?? 0) + 2);
  }
  if (plan !== undefined) expect(findPlanFault(plan as unknown as JsonObject)).toBeUndefined();
  expect(plan === undefined).toBe(diagnostics.some(({ severity }) => severity === "error"));
}

describe("whatever the file holds", () => {
  test("compiling never throws, and every diagnostic has a hint and a place inside the file", () => {
    fc.assert(
      fc.property(anything, (text) => checkResult(text, compile(text))),
      { numRuns: 800 },
    );
  });

  test("bytes that are no text are refused, not fatal", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(Array.isArray(compile(bytes).diagnostics)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("the same file gives the same plan, which survives JSON and has its steps in the order of the file", () => {
    fc.assert(
      fc.property(mutated, (text) => {
        const first = compile(text);
        expect(compile(text)).toEqual(first);
        if (first.plan === undefined) return;
        expect(JSON.parse(JSON.stringify(first.plan))).toEqual(first.plan);
        const at = first.plan.steps.map(({ source }) => source.line);
        expect(at).toEqual([...at].sort((a, b) => a - b));
        expect(new Set(first.plan.steps.map(({ id }) => id)).size).toBe(first.plan.steps.length);
      }),
      { numRuns: 300 },
    );
  });
});
