// What is written in a file is what a run gets: every text with an expression is one, and no value changes on the way.
import { expect, test } from "vitest";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import { checkValues } from "../../src/plan/check-value.ts";
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

test("the pattern of a field is tested in linear time, and one that cannot be is refused", () => {
  const head = (pattern: string) =>
    front(`inputs: { a: { type: string, pattern: '${pattern}' } }`) + step("set: { a: 1 }");
  const { inputs } = planOf(head("^([a-z0-9]+)*@$"));
  const startedAt = performance.now();
  expect(checkValues(inputs, { a: `${"a".repeat(2000)}!` }).problems).toHaveLength(1);
  expect(checkValues(inputs, { a: "ab1@" }).problems).toEqual([]);
  expect(performance.now() - startedAt).toBeLessThan(2000);
  expect(complaints(head("(?=a)b"))).toEqual([
    "field/bad: the pattern (?=a)b cannot be used: look-around cannot be tested in linear time",
  ]);
  expect(complaints(head("(a"))[0]).toContain("field/bad: the pattern (a cannot be used: Invalid regular expression");
  // Plans of before have such patterns, and mean by them what they meant.
  const old = { a: { type: "string", required: true, pattern: "^(?=.*[0-9]).{3,}$" } } as const;
  expect(checkValues(old, { a: "abc" }).problems).toHaveLength(1);
  expect(checkValues(old, { a: "ab1" }).problems).toEqual([]);
});

test("what a step of a known shape gives is checked where it is read", () => {
  const steps = [
    step("approval: { message: ok? }", "Gate"),
    step("wait-for: { signal: paid, schema: { amount: number } }", "Paid"),
    step("ask: { message: x, fields: { choice: string } }", "Form"),
    step('set: { a: text, n: "${{ size(inputs.l) }}", list: [{ b: 1 }, { b: 2.5 }] }', "Some"),
    step("workflow: child.md", "Child"),
    step("wait: 1s", "Pause"),
    step("wait-until: 2999-01-01T00:00:00Z", "Moment"),
    step('for-each: [{ b: 1 }, { b: 2 }]\non-item-error: continue\nset: { x: "${{ item.b + 1 }}" }', "Each"),
    "## All\n```yaml step\ngroup:\n```\n### Inner\n```yaml step\nfor-each: [1]\nset: { c: 1 }\n```\n",
  ].join("");
  const head = (outputs: string) => front(`inputs: { l: [string] }\noutputs: { o: "${outputs}" }`);
  const child = compile(front('outputs: { who: "${{ run.id }}", fixed: 3 }') + step("set: { a: 1 }")).plan as Plan;
  const check = (cel: string) =>
    compileWorkflow(
      { file: "w.md", bytes: head(`\${{ ${cel} }}`) + steps },
      { ...project, loadWorkflow: () => ({ plan: child, files: new Map() }) },
    ).diagnostics.map(({ message }) => message);
  const right = [
    "steps.gate.output.votes[0].by + steps.gate.output.decision",
    "steps.paid.output.amount + 1",
    "steps.form.output.choice + 'x'",
    "steps.some.output.a + 'x' == '' ? steps.some.output.n / 2 : 1",
    "steps.some.output.list[0].b * 2.5",
    "steps.child.output.who",
    "steps.child.output.fixed + 1",
    "steps.moment.output + 'Z'",
    "steps.each.output.filter(e, !has(e.error)).map(e, e.x + 1)",
    "steps.all.output.inner[0].c + 1",
  ];
  expect(right.flatMap(check)).toEqual([]);
  expect(
    [
      "steps.gate.output.decison",
      "steps.paid.output.amuont",
      "steps.form.output.chioce",
      "steps.some.output.b",
      "steps.some.output.a + 1",
      "steps.some.output.list[0].c",
      "steps.child.output.nothing",
      "steps.pause.output.x",
      "steps.moment.output.x",
      "steps.each.output[0].y",
      "steps.all.output.inner[0].d",
    ].map(check),
  ).toEqual([
    ["there is no field decison"],
    ["there is no field amuont"],
    ["there is no field chioce"],
    ["there is no field b"],
    ["`+` is not defined between string and integer"],
    ["there is no field c"],
    ["there is no field nothing"],
    ["null has no field x"],
    ["a string has no field x"],
    ["there is no field y"],
    ["there is no field d"],
  ]);
});

test("a JSON Schema that no value could be held against is refused where it is written", () => {
  const withSchema = (schema: string) => `## One\n\`\`\`bash run\necho\n\`\`\`\n\`\`\`json schema\n${schema}\n\`\`\`\n`;
  const places = (schema: string) =>
    compile(withSchema(schema)).diagnostics.map(
      ({ code, message, span }) => `${span?.line}:${span?.column} ${code}: ${message}`,
    );
  expect(places('{"type": "strng", "properties": 5}')[0]).toMatch(/^6:1 step\/bad-value: the schema cannot be used: /);
  expect(places("null")).toEqual(["6:1 step/bad-value: the schema cannot be used: a schema is an object"]);
  expect(places('{"$ref": "#/$defs/missing"}')[0]).toContain("can't resolve reference #/$defs/missing");
  expect(places('{"$schema": "https://example.org/mine"}')[0]).toContain("$schema");
  for (const draft of ["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema"])
    expect(places(JSON.stringify({ $schema: draft, type: "object", properties: { a: { type: "string" } } }))).toEqual(
      [],
    );
  expect(places('{\n  "type": "object",\n  "properties": { "a": text }\n}')[0]).toMatch(
    /^8:25 step\/bad-value: the schema is not JSON/,
  );
  expect(places('{\n  "type": "object"\n  "required": ["a"]\n}')[0]).toMatch(/^8:3 /);
  expect(places('{\n  "type": "object",\n')[0]).toMatch(/^\d+:\d+ step\/bad-value: the schema is not JSON/);
});

test("a handler sees what the steps it handles wait for, and those", () => {
  const set = (title: string, more: string, level = "###") =>
    `${level} ${title}\n\`\`\`yaml step\nset: { a: 1 }\n${more}\n\`\`\`\n`;
  const handler = (cel: string, more = "") => `### H\n\`\`\`yaml step\nset: { v: "\${{ ${cel} }}" }\n${more}\n\`\`\`\n`;
  const group = (cel: string) =>
    `${set("Before", "", "##")}## G\n\`\`\`yaml step\ngroup: { join: all }\n\`\`\`\n${set("B", "")}${set("N", "")}${set("A", "needs: [n]\non-error: h")}${handler(cel, "on-error: last")}${set("Last", "")}`;
  for (const cel of ["steps.before.output.a", "steps.n.output.a", "steps.a.error.?message", "steps.a.output.?a"])
    expect(complaints(group(cel))).toEqual([]);
  expect(complaints(group("steps.b.output.a"))).toEqual(["step/not-needed: nothing makes h wait for b"]);
  // One that takes over from a handler sees what that one sees.
  expect(complaints(group("1").replace("### Last", "### Last\nSee ${{ steps.n.output.a }}"))).toEqual([]);
  // In a sequence it runs before what stands between.
  const sequence = (cel: string) =>
    `${set("A", "on-error: h", "##")}${set("B", "", "##")}${handler(cel).replace("###", "##")}`;
  expect(complaints(sequence("steps.a.error.message"))).toEqual([]);
  expect(complaints(sequence("steps.b.output.a"))).toEqual(["step/not-needed: nothing makes h wait for b"]);
});

test("a group cannot be joined by more steps than can end well: a handler stands in for another", () => {
  const group = "## G\n```yaml step\ngroup: { join: 2 }\n```\n### X\nA.\n```yaml step\non-error: y\n```\n### Y\nB.\n";
  expect(complaints(group)).toContain("step/bad-value: a group of 1 step cannot be joined by 2");
});

test("a whole number that would lose digits is refused; quoted it is text", () => {
  const lost = ["123456789012345678", "-9007199254740993", "0x20000000000001"];
  for (const number of lost)
    expect(complaints(step(`set: { id: ${number} }`))).toContain(
      `yaml/number: ${number} would lose digits: whole numbers go up to 9007199254740991`,
    );
  expect(complaints(step('set: { a: 9007199254740991, b: "123456789012345678", c: 1e21, d: 0.5 }'))).toEqual([]);
});

test("the longest pause between attempts is never shorter than the first", () => {
  const script = (retry: string) => `## One\n\`\`\`bash run\necho\n\`\`\`\n\`\`\`yaml step\nretry: ${retry}\n\`\`\`\n`;
  const pauses = (bytes: string) => {
    const { initialIntervalMs, maxIntervalMs } = stepOf(planOf(bytes), "one").retry;
    return [initialIntervalMs, maxIntervalMs];
  };
  expect(pauses(script("{ max-attempts: 3 }"))).toEqual([1000, 60_000]);
  expect(pauses(script("{ initial-interval: 5m }"))).toEqual([300_000, 300_000]);
  expect(pauses(front("retry: { max-interval: 2m }") + script("{ initial-interval: 5m }"))).toEqual([300_000, 300_000]);
  expect(pauses(front("retry: { initial-interval: 5m }") + script("{ max-interval: 2m }"))).toEqual([300_000, 120_000]);
  expect(complaints(script("{ initial-interval: 5m, max-interval: 2m }"))).toEqual([
    "step/bad-value: initial-interval is longer than max-interval",
  ]);
});

test("durations are bounded by what can be waited for", () => {
  const most = "duration/bad: 99999999999999999999999w is longer than 100 years";
  expect(complaints(step("wait: 99999999999999999999999w"))).toEqual([most]);
  expect(complaints(step("wait: 5000w"))).toEqual([]);
  const script = "## One\n```bash run\necho\n```\n```yaml step\ntimeout: 25d\n```\n";
  expect(complaints(script)).toEqual([
    "duration/bad: an attempt cannot be given more than 24 days, and timeout is 25d",
  ]);
  expect(
    complaints("## One\n```yaml step\ngroup:\ntimeout: 25d\n```\n### A\n```yaml step\nset: { a: 1 }\n```\n"),
  ).toEqual([]);
});

test("a field has only settings of its type", () => {
  const head = (field: string) => front(`inputs: { a: ${field} }`) + step("set: { a: 1 }");
  expect(complaints(head("{ type: integer, pattern: a, items: string, enum: [low, 3] }"))).toEqual([
    "field/bad: `pattern` has no meaning for type integer",
    "field/bad: `items` has no meaning for type integer",
    'field/bad: "low" cannot be of type integer',
  ]);
  expect(complaints(head("{ type: boolean, min: 1 }"))).toEqual(["field/bad: `min` has no meaning for type boolean"]);
  expect(complaints(head("{ type: array, items: { type: integer, enum: [1, 2] }, max: 3 }"))).toEqual([]);
});
