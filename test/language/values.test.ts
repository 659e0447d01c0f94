// What is written in a file is what a run gets: every text with an expression is one, and no value changes on the way.
import { expect, test } from "vitest";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { stepOf } from "./step-of.ts";

const project = { agents: {}, tools: {}, env: {}, secrets: [], readFile: () => undefined };
const compile = (bytes: string) => compileWorkflow({ file: "w.md", bytes }, project);
const complaints = (bytes: string) => compile(bytes).diagnostics.map(({ code, message }) => `${code}: ${message}`);
const planOf = (bytes: string): Plan => {
  const { plan, diagnostics } = compile(bytes);
  expect(diagnostics).toEqual([]);
  return plan as Plan;
};
const front = (yaml: string) => `---\n${yaml}\n---\n`;
const step = (yaml: string, title = "One") => `## ${title}\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;

test("expressions in a list that is written out are expressions", () => {
  const head = front("inputs: { x: { type: string, default: hi }, n: { type: integer, default: 3 } }");
  const list = '["a", "${{ inputs.x }}", "x is ${{ inputs.x }}", { n: "${{ inputs.n }}" }, "$${{"]';
  const { forEach } = stepOf(planOf(head + step(`for-each: ${list}\nset: { v: "\${{ item }}" }`)), "one");
  expect(forEach?.items).toEqual([
    "a",
    { $expr: "inputs.x" },
    { $text: ["x is ", { $expr: "inputs.x" }] },
    { n: { $expr: "inputs.n" } },
    "${{",
  ]);
  expect(complaints(head + step('for-each: [1, "${{ inputs.y }}"]\nset: { a: 1 }'))).toEqual([
    "expression/unknown-name: there is no input y",
  ]);
  expect(complaints(head + step('for-each: [1, { a: "${{ 1 + }}" }]\nset: { a: 1 }'))).toEqual([
    "expression/syntax: the expression ends too early",
  ]);
});

test("a list of as many items as a loop may have can be written out", () => {
  const items = Array.from({ length: 20_000 }, (_, index) => index);
  const { forEach } = stepOf(planOf(step(`for-each: ${JSON.stringify(items)}\nset: { a: 1 }`)), "one");
  expect(forEach?.items).toEqual(items);
});

test("`env` is text, as it is written; what an expression gives becomes text in the run", () => {
  const head = front(
    'secrets: [TOKEN]\nversion: 1.10\nlabels: { v: 2.0 }\ninputs: { k: string }\nenv: { N: 3.10, B: true, H: 0x10, A: "${{ inputs.k }}", L: [1, "${{ inputs.k }}"], T: "${{ secrets.TOKEN }}", Z: }',
  );
  const plan = planOf(
    `${head}${step('if: env.B == "true" && env.A != "" && env.N + "z" != ""\nset: { a: "${{ env.L }}" }')}`,
  );
  expect(plan).toMatchObject({ version: "1.10", labels: { v: "2.0" } });
  expect(plan.env).toEqual({
    N: "3.10",
    B: "true",
    H: "0x10",
    A: { $text: [{ $expr: "inputs.k" }] },
    L: { $text: [[1, { $expr: "inputs.k" }]] },
    T: { $secret: "TOKEN" },
    Z: "",
  });
  expect(stepOf(plan, "one").env).toEqual(plan.env);
  const script = "## One\n```bash run\necho\n```\n```yaml step\nenv: { N: 1.50, M: false }\n```\n";
  expect(stepOf(planOf(script), "one").env).toEqual({ N: "1.50", M: "false" });
});

test("a secret of `env` is for scripts: an expression that names it is refused, and so is what is not there yet", () => {
  const head = front(
    'secrets: [TOKEN]\nenv: { A: "${{ env.B }}${{ env.C }}", B: b, C: "${{ inputs.k }}", T: "${{ secrets.TOKEN }}" }\ninputs: { k: string }',
  );
  expect(complaints(`${head}${step('set: { a: "${{ env.T }}", b: "is ${{ env.T }}" }')}`)).toEqual([
    "expression/unknown-name: there is no field C",
    "expression/secret: env.T holds a secret, which expressions never see",
    "expression/secret: env.T holds a secret, which expressions never see",
  ]);
});
