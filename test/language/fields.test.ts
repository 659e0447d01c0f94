// What a field is declared as is what it is: a type that is not there never becomes a default.
import { describe, expect, test } from "vitest";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import { projectWithAgent } from "./project-with-agent.ts";

const compile = (bytes: string) => compileWorkflow({ file: "w.md", bytes }, projectWithAgent);
const input = (field: string) => compile(`---\ninputs: { x: ${field} }\n---\n## One\nDo it.\n`);
const output = (shape: string) => compile(`## One\nDo it.\n\`\`\`yaml step\noutput: ${shape}\n\`\`\`\n`);
const required = (type: string, more: object = {}) => ({ type, required: true, ...more });
const said = ({ diagnostics }: ReturnType<typeof compile>) =>
  diagnostics.map(({ code, message, hint }) => `${code}: ${message}. ${hint}`);

describe("a list of one", () => {
  const items = required("object", { properties: { title: required("string"), severity: required("integer") } });

  test.each([
    ["[string]", required("string")],
    ["[{ title: string, severity: integer }]", items],
    ["[[integer]]", required("array", { items: required("integer") })],
    ["[{ type: integer, min: 1 }]", required("integer", { min: 1 })],
    [
      "[{ tags: [string] }]",
      required("object", { properties: { tags: required("array", { items: required("string") }) } }),
    ],
  ])("%s says what its items are", (field, expected) => {
    expect(input(field).plan?.inputs["x"]).toEqual({ type: "array", required: false, items: expected });
    expect(output(`{ x: ${field} }`).plan?.steps[0]?.output).toEqual({
      fields: { x: { type: "array", required: true, items: expected } },
    });
  });

  test("of words that are no types is the default of an input, and nothing of an output", () => {
    expect(input("[berlin]").plan?.inputs["x"]).toMatchObject({ type: "array", default: ["berlin"] });
    expect(input("[{ name: ann }]").plan?.inputs["x"]).toMatchObject({ type: "array", default: [{ name: "ann" }] });
    expect(said(output("{ x: [berlin] }"))[0]).toContain("field/bad: there is no type berlin");
    expect(said(output("{ x: [open, closed] }"))[0]).toContain("{type: string, enum: [open, closed]}");
  });

  test("expressions know the items", () => {
    const { diagnostics } = compile(
      "## One\nDo it.\n```yaml step\noutput: { x: [{ title: string }] }\n```\n## Two\nSee ${{ steps.one.output.x[0].titel }}.\n",
    );
    expect(diagnostics).toMatchObject([{ code: "expression/unknown-name", hint: "did you mean title?" }]);
  });
});

describe("a word that looks like a type and is none", () => {
  test.each([
    ["int", "integer"],
    ["text", "string"],
    ["List", "array"],
    ["map", "object"],
    ["date", "string"],
    ["strnig", "string"],
    ["bolean", "boolean"],
    ["numbers", "number"],
  ])("%s is refused, and the way to write it as a default said", (word, meant) => {
    for (const told of [said(input(word)), said(output(`{ x: ${word} }`)), said(output(word))])
      expect(told).toEqual([expect.stringContaining(`there is no type ${word}; did you mean ${meant}?`)]);
    expect(said(input(`[${word}]`))).toEqual([expect.stringContaining(`did you mean ${meant}?`)]);
    expect(said(input(`{ type: ${word} }`))).toEqual([expect.stringContaining(`did you mean ${meant}?`)]);
    expect(said(input(word))[0]).toContain(`{default: ${word}}`);
    expect(input(`{ default: ${word} }`).plan?.inputs["x"]).toMatchObject({ type: "string", default: word });
  });

  test("any has nothing to be called", () => {
    expect(said(input("any"))[0]).toContain("there is no type any.");
  });

  test.each(["strict", "strange", "constructor", "toString", "berlin", "obsolete"])("%s is a default", (word) => {
    expect(input(word).plan?.inputs["x"]).toEqual({ type: "string", required: false, default: word });
    expect(said(output(`{ x: ${word} }`))).toEqual([expect.stringContaining(`there is no type ${word}`)]);
    expect(said(output(word))).toEqual([expect.stringContaining(`there is no type ${word}`)]);
  });
});

describe("an output that is a map with `type`", () => {
  test.each([
    ["{ type: integer, default: 0 }", { field: { type: "integer", required: false, default: 0 } }],
    ["{ type: integer, required: false }", { field: { type: "integer", required: false } }],
    ["{ type: string, enum: [a, b] }", { field: required("string", { enum: ["a", "b"] }) }],
    ["{ type: string, reason: string }", { fields: { type: required("string"), reason: required("string") } }],
    ["{ type: { type: integer } }", { fields: { type: required("integer") } }],
  ])("%s", (shape, expected) => {
    expect(output(shape).plan?.steps[0]?.output).toEqual(expected);
  });

  test("alone could be either, and is neither", () => {
    const [told, ...others] = said(output("{ type: integer }"));
    expect(told).toContain("`integer`");
    expect(told).toContain("{type: {type: integer}}");
    expect(others).toEqual([]);
  });
});
