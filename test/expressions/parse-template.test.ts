import fc from "fast-check";
import { expect, test } from "vitest";
import { compileValue, mapExpressions } from "../../src/expressions/compile-value.ts";
import { parseTemplate } from "../../src/expressions/parse-template.ts";

const templates: readonly (readonly [text: string, template: unknown])[] = [
  ["plain", "plain"],
  ["", ""],
  ["${{ inputs.x }}", { $expr: "inputs.x" }],
  ["  ${{inputs.x}}\n", { $expr: "inputs.x" }],
  ["a ${{ x }} b", { $text: ["a ", { $expr: "x" }, " b"] }],
  ["${{ x }}${{ y }}", { $text: [{ $expr: "x" }, { $expr: "y" }] }],
  ["${{ x }} ${{ y }}", { $text: [{ $expr: "x" }, " ", { $expr: "y" }] }],
  ["$${{ x }}", "${{ x }}"],
  ["$${{ x }} ${{ y }}", { $text: ["${{ x }} ", { $expr: "y" }] }],
  ['${{ "}}" }}', { $expr: '"}}"' }],
  ["${{ '}}' + \"}}\" }}", { $expr: "'}}' + \"}}\"" }],
  ['${{ "\\"}}" }}', { $expr: '"\\"}}"' }],
  ['${{ r"\\" }}}}', { $text: [{ $expr: 'r"\\"' }, "}}"] }],
  ['${{ """a"}}"b""" }}', { $expr: '"""a"}}"b"""' }],
  ["${{ '''a\n}}''' }}", { $expr: "'''a\n}}'''" }],
  ['${{ {"a": {"b": 1}} }}', { $expr: '{"a": {"b": 1}}' }],
  ["costs $5 {{ no }} $ {{", "costs $5 {{ no }} $ {{"],
];

test.each(templates)("%j", (text, template) => {
  const parsed = parseTemplate(text);
  expect(parsed.error).toBeUndefined();
  expect(parsed.template).toEqual(template);
  for (const { cel, start, end } of parsed.expressions) expect(text.slice(start, end)).toBe(cel);
});

test.each([
  ["a ${{ x", 2, 5],
  ["${{ x }} ${{ y }", 9, 12],
  ["a ${{ }} b", 2, 8],
])("%s has an error at its place", (text, start, end) => {
  expect(parseTemplate(text).error).toMatchObject({ start, end });
});

test("any text is read without a crash, and places lie in it", () => {
  const part = fc.constantFrom("${{", "}}", "$${{", '"', "'", '"""', "\\", "r", "x", " ", "\n", "{", "}", "$", "é");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
      const text = parts.join("");
      const { expressions, error } = parseTemplate(text);
      for (const { cel, start, end } of expressions) expect(text.slice(start, end)).toBe(cel);
      if (error !== undefined)
        expect(error.start >= 0 && error.start < error.end && error.end <= text.length).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test("a long text is read in linear time", () => {
  const text = `${"${{ x }} text ".repeat(50_000)}${"$".repeat(500_000)}`;
  const started = performance.now();
  expect(parseTemplate(text).expressions).toHaveLength(50_000);
  expect(performance.now() - started).toBeLessThan(1500);
});

test("a whole value becomes a template with the paths of its expressions", () => {
  const { template, texts } = compileValue({ a: [1, "${{ x }}"], b: { c: "hi ${{ y }}", d: null } });
  expect(template).toEqual({ a: [1, { $expr: "x" }], b: { c: { $text: ["hi ", { $expr: "y" }] }, d: null } });
  expect(texts.map(({ path, expressions }) => [path.join("."), expressions[0]?.cel])).toEqual([
    ["a.1", "x"],
    ["b.c", "y"],
  ]);
  expect(mapExpressions(template, (cel) => cel.toUpperCase())).toEqual({
    a: [1, { $expr: "X" }],
    b: { c: { $text: ["hi ", { $expr: "Y" }] }, d: null },
  });
});

test.each(["$expr", "$text", "$secret", "$literal", "$artifact", "$deferred"])(
  "an own object with %s is a literal",
  (tag) => {
    const value = { [tag]: "x", other: 1 };
    expect(compileValue({ mine: value })).toEqual({ template: { mine: { $literal: value } }, texts: [] });
  },
);

test("expressions that could not work are errors", () => {
  const inLiteral = compileValue({ $secret: "a", b: "${{ x }}" });
  expect(inLiteral.texts[0]?.error?.message).toContain("$secret");
  const asKey = compileValue({ "${{ x }}": 1 });
  expect(asKey.texts).toMatchObject([{ isKey: true, error: { start: 0 } }]);
});

test("keys of JavaScript's own objects stay data", () => {
  const value = JSON.parse('{"__proto__": {"polluted": "${{ x }}"}}');
  const { template } = compileValue(value);
  expect(Object.hasOwn(template as object, "__proto__")).toBe(true);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});
