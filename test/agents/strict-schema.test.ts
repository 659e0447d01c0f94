import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ANTHROPIC_STRICT, OPENAI_STRICT, strictSchema } from "../../src/agents/strict-schema.ts";
import { fieldSchema } from "../../src/plan/output-schema.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import type { Field } from "../../src/plan/plan.ts";

const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  ...more,
});
const text = { type: "string" };

describe("a schema in the dialect of an API", () => {
  test("is closed where it was silent, at every depth", () => {
    const schema = object({
      list: { type: "array", items: object({ a: text }) },
      either: { anyOf: [object({ b: text }), text] },
    });
    const closed = (properties: JsonObject) => object(properties, { additionalProperties: false });
    expect(strictSchema(schema, OPENAI_STRICT)).toEqual(
      closed({ list: { type: "array", items: closed({ a: text }) }, either: { anyOf: [closed({ b: text }), text] } }),
    );
  });

  test.each<[string, JsonObject, openAi: boolean, anthropic: boolean]>([
    ["every field required", object({ a: text }), true, true],
    ["a field that may be left out", { ...object({ a: text, b: text }), required: ["a"] }, false, true],
    ["a number with bounds", object({ n: { type: "integer", minimum: 1, maximum: 9 } }), true, false],
    ["a text with a length", object({ a: { type: "string", minLength: 3 } }), false, false],
    ["an object of any fields", object({ a: { type: "object" } }), false, false],
    ["an object that is open", object({ a: text }, { additionalProperties: true }), false, false],
    ["a list of anything", object({ a: { type: "array" } }), false, false],
    ["anything", object({ a: {} }), false, false],
    ["no object", { type: "array", items: text }, false, false],
    ["definitions", object({ a: { $ref: "#/$defs/a" } }, { $defs: { a: object({ b: text }) } }), true, true],
    ["an exclusion", object({ a: text }, { not: { type: "null" } }), false, false],
  ])("%s", (_, schema, openAi, anthropic) => {
    expect(strictSchema(schema, OPENAI_STRICT) !== undefined).toBe(openAi);
    expect(strictSchema(schema, ANTHROPIC_STRICT) !== undefined).toBe(anthropic);
  });

  test("of any declared output never has more fields, nor fewer that are required", () => {
    const { field } = fc.letrec<{ field: Field; leaf: Field }>((tie) => ({
      leaf: fc.record({
        type: fc.constantFrom("string", "integer", "boolean"),
        required: fc.boolean(),
      }),
      field: fc.oneof(
        { maxDepth: 3 },
        tie("leaf"),
        fc.record({
          type: fc.constant("object" as const),
          required: fc.boolean(),
          properties: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("field")),
        }) as fc.Arbitrary<Field>,
        fc.record({
          type: fc.constant("array" as const),
          required: fc.boolean(),
          items: tie("field"),
        }) as fc.Arbitrary<Field>,
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("a", "b", "c"), field), (properties) => {
        const schema = fieldSchema({ type: "object", required: true, properties });
        const strict = strictSchema(schema, ANTHROPIC_STRICT);
        // What we declare is closed already.
        expect(strict ?? schema).toEqual(schema);
      }),
    );
  });
});
