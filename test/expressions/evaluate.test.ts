import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/expressions/evaluate.ts";
import type { JsonObject, JsonValue } from "../../src/plan/json.ts";

const values: readonly (readonly [cel: string, expected: JsonValue])[] = [
  ["1 + 2", 3],
  ["n + 1", 6],
  ["1 + n", 6],
  ["n - 1", 4],
  ["n * 2", 10],
  ["n / 2", 2.5],
  ["int(n) / 2", 2],
  ["5 / 2", 2],
  ["n % 2", 1],
  ["-n", -5],
  ["items[0]", 1],
  ["items[index]", 2],
  ["items[index + 1]", 3],
  ["items.map(x, x * 2)", [2, 4, 6]],
  ["items.filter(x, x > 1)", [2, 3]],
  ["items + [4]", [1, 2, 3, 4]],
  ["[n, 'a', null]", [5, "a", null]],
  ['{"a": 1, "b": {"c": n}}', { a: 1, b: { c: 5 } }],
  ["{}", {}],
  ["[]", []],
  ["size(items)", 3],
  ["1u + 1u", 2],
  ["string(n) + 'x'", "5x"],
  ["items.map(x, string(x)).join('-')", "1-2-3"],
  ["text.split(',')", ["a", "b"]],
  ["' x '.trim()", "x"],
  ["'ÄB'.lowerAscii()", "äb"],
  ["'abcd'.substring(index)", "bcd"],
  ["'abcd'.substring(index, 3)", "bc"],
  ["'abcb'.indexOf('b', index + 1)", 3],
  ["timestamp('2024-01-01T00:00:00Z')", "2024-01-01T00:00:00.000Z"],
  ["timestamp('2024-01-02T00:00:00Z') - timestamp('2024-01-01T00:00:00Z')", "86400s"],
  ["duration('1m30s')", "90s"],
  ["none", null],
  ["nothing.?x.orValue(3)", 3],
  ["object.?x.?y.orValue('d')", "d"],
];
const scope: JsonObject = { n: 5, index: 1, items: [1, 2, 3], text: "a,b", none: null, nothing: null, object: {} };

test.each(values)("%s", (cel, expected) => {
  expect(evaluate(cel, scope)).toEqual(expected);
});

const failures: readonly (readonly [cel: string, code: string, words: string])[] = [
  ["n / 0", "expression/failed", "division by zero"],
  ["1 / 0", "expression/failed", "division by zero"],
  ["n % 0", "expression/failed", "modulo by zero"],
  ["n / 0.0", "expression/failed", "JSON cannot hold"],
  ["double('nan')", "expression/failed", "JSON cannot hold"],
  ["9007199254740993", "expression/too-large", "9007199254740993"],
  ["object.?x", "expression/failed", "orValue"],
  ["b'ab'", "expression/failed", "bytes"],
  ["type(n)", "expression/failed", "no JSON value"],
  ["items[7]", "expression/failed", "index 7"],
  ["items[0.5]", "expression/failed", "0.5"],
  ["object.x", "expression/failed", "object has no `x`"],
  ["none.x", "expression/null", "none is null"],
  ["nobody.x", "expression/failed", "nobody"],
  ["text + 1", "expression/failed", "`+` is not defined between string and integer"],
  ["text.shout()", "expression/failed", "no function `shout`"],
  ["text.matches(text)", "expression/pattern", "literal"],
  ["text.matches('(a)\\\\1')", "expression/pattern", "back-reference"],
  ["cel.bind(x, items, x + x)", "expression/syntax", "cel.bind"],
  ["{'__proto__': 1}", "expression/syntax", "__proto__"],
  ["timestamp('2024-01-01T00:00:00Z').getHours('Europe/Paris')", "expression/syntax", "time zone"],
  ["timestamp('2024-01-01T00:00:00Z').getDayOfYear()", "expression/syntax", "getDayOfYear"],
  ["'abc'.substring(n)", "expression/failed", "position 5"],
  ["a or b", "expression/syntax", "Unexpected"],
];

test.each(failures)("%s fails", (cel, code, words) => {
  expect(() => evaluate(cel, scope)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(words) }),
  );
});

describe("bounds", () => {
  const thousand = Array.from({ length: 1000 }, (_, index) => index);

  test("loops in loops end", () => {
    const nested = "l.map(a, l.map(b, l.map(c, a + b + c)))";
    expect(() => evaluate(nested, { l: thousand })).toThrow(expect.objectContaining({ code: "expression/too-large" }));
    expect(() => evaluate("l.all(a, l.all(b, a + b >= 0))", { l: thousand })).toThrow(/100000/);
  });

  test("the next evaluation starts afresh", () => {
    expect(evaluate("l.map(a, a + 1).size()", { l: thousand })).toBe(1000);
    expect(evaluate("l.exists(a, a == 999)", { l: thousand })).toBe(true);
  });

  test("lists are capped", () => {
    const l = Array.from({ length: 60_000 }, () => 0);
    expect(() => evaluate("l + l", { l })).toThrow(expect.objectContaining({ code: "expression/too-large" }));
  });

  test("a text deep in brackets is an error, not a crash", () => {
    expect(() => evaluate("(".repeat(100_000), {})).toThrow(expect.objectContaining({ code: "expression/syntax" }));
  });
});

test("a value is handed on, not copied", () => {
  const output = { deep: { list: [1, { x: 2 }] } };
  expect(evaluate("steps.a.output.deep", { steps: { a: { output } } })).toBe(output.deep);
});

test("names of JavaScript's own objects are not fields", () => {
  for (const cel of ["object.constructor", "object.__proto__", "object.toString", "constructor", "text.length"]) {
    expect(() => evaluate(cel, scope)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^expression\//) }),
    );
  }
});

test("an object may have a key called constructor", () => {
  const inputs = { o: { constructor: "x", a: 1, deep: [{ constructor: null, b: 2 }] } };
  expect(evaluate("inputs.o.a", { inputs })).toBe(1);
  expect(evaluate("inputs.o.constructor", { inputs })).toBe("x");
  expect(evaluate("inputs.o.deep.map(x, x.b)", { inputs })).toEqual([2]);
  expect(evaluate("inputs.o", { inputs })).toEqual(inputs.o);
});

test("any JSON value comes back as it went in", () => {
  const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>;
  fc.assert(
    fc.property(json, (value) => {
      const result = evaluate("[inputs.v][0]", { inputs: { v: value } });
      expect(JSON.stringify(result)).toBe(JSON.stringify(value));
    }),
    { numRuns: 200 },
  );
});

test("any text is a value or an ExpressionError", () => {
  const word = fc.constantFrom(
    "a",
    ".",
    "[",
    "]",
    "(",
    ")",
    "'",
    '"',
    "1",
    "+",
    "/",
    "==",
    "in",
    "{",
    "}",
    "?",
    ":",
    "&&",
    "\\",
    " ",
    "x",
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      try {
        JSON.stringify(evaluate(words.join(""), { a: 1, x: [1] }));
      } catch (error) {
        expect(error).toMatchObject({ name: "ExpressionError", code: expect.stringMatching(/^expression\//) });
      }
    }),
    { numRuns: 1000 },
  );
});
