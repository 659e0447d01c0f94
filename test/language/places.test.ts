// A fault in an expression is told once, at the character where it stands, however the text around it is written.
import { describe, expect, test } from "vitest";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import { parseYaml } from "../../src/language/yaml/parse-yaml.ts";
import { projectWithAgent } from "./project-with-agent.ts";
import { spentMs } from "./spent-ms.ts";

const compile = (lines: readonly string[]) =>
  compileWorkflow({ file: "w.md", bytes: lines.join("\n") }, projectWithAgent).diagnostics;

/** The text that each complaint points at, with its line. */
const pointedAt = (lines: readonly string[]) =>
  compile(lines).map(({ code, span }) => {
    expect(span?.endLine).toBe(span?.line);
    return `${code} ${span?.line} ${lines[(span?.line ?? 0) - 1]?.slice((span?.column ?? 0) - 1, (span?.endColumn ?? 0) - 1)}`;
  });
const block = (info: string, ...lines: readonly string[]) => [`\`\`\`${info}`, ...lines, "```"];
const script = block("bash run", "echo");
const wrong = "${{ inputs.no }}";
const name = "expression/unknown-name";

describe.each([
  ["plain", [`a: é ${wrong}`], 4],
  ["in double quotes", [`a: "é \\" \\u00e9 \\n ${wrong}"`], 4],
  ["in single quotes", [`a: 'it''s ${wrong}'`], 4],
  ["over lines", ["a: one", "  two", `  three ${wrong} four`], 6],
  ["in double quotes over lines", ['a: "one', "", `  two \\`, `  three ${wrong}"`], 7],
  ["in a block", ["a: |", "", "  one", `    two ${wrong}`], 7],
  ["in a folded block", ["a: >-", "    one", "    two", "", `    three ${wrong}`, "    four"], 8],
  ["in a list", ["a:", "  - one", `  - { b: "${wrong}" }`], 6],
])("a text %s", (_, yaml, line) => {
  test("has its expressions at their places", () => {
    expect(pointedAt(["## One", ...block("yaml step", "set:", ...yaml.map((text) => `  ${text}`))])).toEqual([
      `${name} ${line} no`,
    ]);
  });
});

test.each<readonly [string, readonly string[], string]>([
  ["the front matter's outputs", ["---", "outputs:", `  a: "x ${wrong}"`, "---", "## One", "Do it."], `${name} 3 no`],
  ["a concurrency group", ["---", "concurrency:", `  group: "x ${wrong}"`, "---", "## One", "Do it."], `${name} 3 no`],
  ["a fairness key", ["---", `fairness-key: "x ${wrong}"`, "---", "## One", "Do it."], `${name} 2 no`],
  ["a `yaml with` block", ["## One", ...script, ...block("yaml with", "a: 1", `b: "${wrong}"`)], `${name} 7 no`],
  [
    "the prompt of an undo",
    ["## One", ...script, ...block("yaml step", "undo:", "  agent: a", `  prompt: "x ${wrong}"`)],
    `${name} 8 no`,
  ],
  [
    "the message of an approval",
    ["## One", ...block("yaml step", "approval:", "  min: 1", `  message: "x ${wrong}"`)],
    `${name} 5 no`,
  ],
  [
    "the message of a form",
    ["## One", ...block("yaml step", "ask:", "  fields: { a: string }", `  message: 'x ${wrong}'`)],
    `${name} 5 no`,
  ],
  [
    "a condition over lines",
    ["## One", "Do it.", ...block("yaml step", "if: >", "  inputs.no", "  == 1")],
    `${name} 5 no`,
  ],
  [
    "a check",
    ["## One", "Do it.", ...block("yaml step", "verify: { run: x, with: { a: '${{ inputs.no }}' } }")],
    `${name} 4 no`,
  ],
  ["a prompt of a block", ["## One", ...block("  md prompt".trimStart(), "one", `two ${wrong}`)], `${name} 4 no`],
])("%s", (_, lines, complaint) => {
  expect(pointedAt(lines)).toEqual([complaint]);
});

test("every text of a piece of YAML is found at its place", () => {
  const text = "a: 'x''y z'\nb: \"\\x41\\t\\\"q\\U0001F600 z\"\nc: |2\n   x\n\n  z\n";
  const yaml = parseYaml(text, { file: "x", line: 1, column: 1 });
  const value = yaml.value as Record<string, string>;
  for (const key of ["a", "b", "c"]) {
    const at = (value[key] as string).indexOf("z");
    const { line, column } = yaml.spanOf([key], { start: at, end: at + 1 });
    expect(text.split("\n")[line - 1]?.[column - 1], key).toBe("z");
  }
});

describe("hints", () => {
  const hintOf = (...lines: readonly string[]) => compile(lines).map(({ code, hint }) => `${code}: ${hint}`);

  test.each([
    ["if: ${{ inputs.a }} && ${{ inputs.b }}", "inputs.a && inputs.b"],
    ["if: ${{ inputs.a }} == true", "inputs.a == true"],
    ['if: "${{ inputs.a || inputs.b }} && inputs.a"', "(inputs.a || inputs.b) && inputs.a"],
  ])("%s is written with one pair of braces", (line, expected) => {
    const file = (condition: string) => [
      "---",
      "inputs: { a: boolean, b: boolean }",
      "---",
      "## One",
      "Do it.",
      ...block("yaml step", condition),
    ];
    const told = compile(file(line));
    expect(told).toMatchObject([{ code: "expression/syntax", span: { line: 7 } }]);
    expect(told[0]?.hint).toContain(`\`${expected}\``);
    expect(compile(file(`if: ${expected}`))).toEqual([]);
    expect(compile(file(`if: \${{ ${expected} }}`))).toEqual([]);
  });

  test("an expression without an end is told as that", () => {
    expect(hintOf("## One", "Do it.", ...block("yaml step", "if: ${{ true"))[0]).toContain("expression/unclosed");
  });

  test("a name with a dash is asked for in brackets", () => {
    const file = (cel: string) => [
      "---",
      "inputs: { my-name: string, n: integer }",
      "---",
      "## One",
      `Say \${{ ${cel} }}.`,
    ];
    expect(hintOf(...file("inputs.my-name"))).toEqual([`${name}: write inputs["my-name"]`]);
    expect(hintOf(...file('inputs["my-name"]'))).toEqual([]);
    expect(hintOf(...file("inputs.n-1"))).toEqual([]);
    const steps = ["## One", "Do it.", ...block("yaml step", "output: { first-name: string }"), "## Two"];
    expect(hintOf(...steps, "${{ steps.one.output.first-name }}")).toEqual([
      `${name}: write steps.one.output["first-name"]`,
    ]);
    expect(hintOf(...steps, '${{ steps.one.output["first-name"] }}')).toEqual([]);
  });

  test("names of JavaScript's own are no names of ours", () => {
    const told = hintOf(
      "---",
      "toString: 1",
      "valueOf: 2",
      "---",
      "## One",
      "Do it.",
      ...block("yaml step", "hasOwnProperty: 2"),
    );
    expect(told).toHaveLength(3);
    expect(told.join()).not.toContain("native code");
  });
});

describe("YAML", () => {
  test.each([
    ["empty lines", ["a: |", "  x", ...Array<string>(300).fill(""), "  y"]],
    ["text far to the right", ["a: |", "  x", `${" ".repeat(400)}y`]],
    ["brackets in a text", [`a: "${"[".repeat(100)}"`, `b: '${"{".repeat(100)}'`]],
    ["dashes in a text", [`a: x ${"- ".repeat(200)}`]],
    ["a comment", [`a: 1 # ${"[".repeat(100)}`]],
  ])("with %s is not deep", (_, yaml) => {
    expect(
      compile(["## One", ...block("yaml step", "set:", ...yaml.map((text) => (text === "" ? "" : `  ${text}`)))]),
    ).toEqual([]);
  });

  test.each([
    ["[", "[".repeat(900_000)],
    ["{a: ", "{a: ".repeat(250_000)],
    ["- ", "- ".repeat(450_000)],
    ["? ", "? ".repeat(450_000)],
    ["a lot of it", Array.from({ length: 66 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
  ])("with many %j is, at once", (_, yaml) => {
    let told: ReturnType<typeof compile> = [];
    expect(spentMs(() => (told = compile(["---", yaml, "---", "## One", "Do it."])))).toBeLessThan(3000);
    expect(told).toMatchObject([{ code: "yaml/too-deep" }]);
  });

  test("may be 60 deep", () => {
    expect(compile(["## One", ...block("yaml step", `set: { a: ${"[".repeat(60)}${"]".repeat(60)} }`)])).toEqual([]);
  });

  test("is one document", () => {
    expect(compile(["## One", ...block("yaml step", "wait: 1s", "--- # more", "retry: 1")])).toMatchObject([
      { code: "step/empty" },
      { code: "yaml/syntax", span: { line: 4 } },
    ]);
  });
});

test("front matter may have empty lines above it", () => {
  const lines = ["", "  ", "---", "inputs: { x: string }", "retry: no", "---", "## One", "See ${{ inputs.x }}.", wrong];
  expect(pointedAt(lines)).toEqual(["workflow/bad-value 5 no", `${name} 9 no`]);
  expect(compile(["", "---", "a: 1"])).toMatchObject([{ code: "front-matter/unclosed", span: { line: 2 } }]);
});

describe("headings", () => {
  test.each([
    ["spaces", `a${" ".repeat(100_000)}b`],
    ["brackets", "[".repeat(100_000)],
    ["links", "[a](".repeat(25_000)],
    ["underscores", "a _x".repeat(25_000)],
    ["marks", `a ${"# ".repeat(50_000)}b`],
  ])("with many %s take no time", (_, heading) => {
    const file = [`## ${heading}`, "Do it.", ...block("yaml step", "id: one")];
    expect(spentMs(() => compile(file))).toBeLessThan(3000);
  });
});

test.each([
  ["keys that stand twice", ["---", ...Array<string>(20_000).fill("a: 1"), "---", "## One", "Do it."]],
  [
    "keys that do not exist",
    ["---", ...Array.from({ length: 20_000 }, (_, index) => `key${index}: 1`), "---", "## One", "Do it."],
  ],
  [
    "expressions in a text",
    ["## One", ...block("yaml step", "set:", "  a: |", ...Array<string>(5000).fill(`    ${wrong}`))],
  ],
  ["expressions in prose", ["## One", ...Array<string>(5000).fill(wrong)]],
])("many wrong %s take time that grows with their number", (_, lines) => {
  let told: ReturnType<typeof compile> = [];
  expect(spentMs(() => (told = compile(lines)))).toBeLessThan(5000);
  expect(told.length).toBeGreaterThan(4000);
});
