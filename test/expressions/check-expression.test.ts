import { describe, expect, test } from "vitest";
import { checkExpression, itemTypeOf } from "../../src/expressions/check-expression.ts";
import { evaluate } from "../../src/expressions/evaluate.ts";
import { asksOutput } from "../../src/expressions/references.ts";
import { DYN, typeOfOutput, type ValueType } from "../../src/expressions/type-model.ts";
import type { TypeScope } from "../../src/expressions/type-scope.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import type { Field } from "../../src/plan/plan.ts";

const field = (type: Field["type"], rest: Partial<Field> = {}): Field => ({ type, required: true, ...rest });
const file = field("object", { properties: { name: field("string"), size: field("integer") } });
const scope: TypeScope = {
  inputs: {
    n: field("integer"),
    maybe: field("integer", { required: false }),
    s: field("string"),
    d: field("number"),
    yes: field("boolean"),
    tags: field("array", { items: field("string") }),
    ns: field("array", { items: field("integer") }),
    files: field("array", { items: file }),
    any: field("object"),
  },
  steps: new Map<string, ValueType>([
    ["assess", typeOfOutput({ fields: { risk: field("string"), n: field("integer") } })],
    ["free", DYN],
    ["text", typeOfOutput({ field: field("string") })],
    ["each", typeOfOutput({ fields: { score: field("number") } })],
    [
      "strict",
      typeOfOutput({
        schema: { type: "object", properties: { q: { type: "integer" } }, additionalProperties: false },
      }),
    ],
    ["lax", typeOfOutput({ schema: { type: "object", properties: { q: { type: "integer" } } } })],
  ]),
  lists: new Set(["each"]),
  loop: { as: "mail" },
  env: new Set(["REGION"]),
};

test.each<[cel: string, type: string]>([
  ["inputs.n", "int"],
  ["inputs.n + 1", "int"],
  ["inputs.d + 1", "double"],
  ["inputs.n > 2.5", "bool"],
  ["inputs.s == null", "bool"],
  ["null != steps.assess.output", "bool"],
  ["inputs.maybe == null ? 0 : inputs.maybe", "int"],
  ["steps.assess.output.risk", "string"],
  ["steps.assess.error.code", "string"],
  ["steps.assess.attempts", "int"],
  ['steps.assess.output.?risk.orValue("low")', "string"],
  ["steps.free.output.anything.at.all", "dyn"],
  ["steps.lax.output.anything", "dyn"],
  ["steps.each.output[0].score", "double"],
  ["steps.each.output.map(x, x.score)", "list<double>"],
  ["inputs.files.filter(f, f.size > 1).map(f, f.name)", "list<string>"],
  ["inputs.tags[index]", "string"],
  ["inputs.d in [1, 2]", "bool"],
  ["inputs.any.x.y", "dyn"],
  ["mail.subject", "dyn"],
  ["item == mail", "bool"],
  ["env.REGION", "string"],
  ["run.started_at", "string"],
  ["has(steps.assess.output.risk)", "bool"],
])("%s is %s", (cel, type) => {
  const checked = checkExpression(cel, scope);
  expect(checked.error).toBeUndefined();
  expect(checked.type).toBe(type);
});

test.each<[cel: string, code: string, place: string, words: string]>([
  ["inputs.x", "expression/unknown-name", "x", "no input x"],
  ["steps.asess.output", "expression/unknown-name", "asess", "no step asess"],
  ["steps.assess.outptu", "expression/unknown-name", "outptu", "no field outptu"],
  ["1 + steps.assess.output.rsk", "expression/unknown-name", "rsk", "no field rsk"],
  ['steps.assess.output["rsk"]', "expression/unknown-name", "rsk", "no field rsk"],
  ["steps.assess.output.?rsk", "expression/unknown-name", "rsk", "no field rsk"],
  ["steps.strict.output.p", "expression/unknown-name", "p", "no field p"],
  ["steps.text.output.x", "expression/unknown-name", "x", "a string has no field x"],
  ["inputs.files.map(f, f.nam)", "expression/unknown-name", "nam", "no field nam"],
  ["steps.each.output.map(x, x.scor)", "expression/unknown-name", "scor", "no field scor"],
  ["run.user", "expression/unknown-name", "user", "no field user"],
  ["env.HOME", "expression/unknown-name", "HOME", "no field HOME"],
  ["foo.bar == 1", "expression/unknown-name", "foo", "nothing called foo"],
  ["inputs.s + 1", "expression/type", "inputs.s + 1", "between string and integer"],
  ["inputs.yes && inputs.s == 1", "expression/type", "inputs.s == 1", "between string and integer"],
  ['inputs.n == "5"', "expression/type", 'inputs.n == "5"', "between integer and string"],
  ["inputs.yes && inputs.s", "expression/type", "inputs.yes && inputs.s", "bool"],
  ["inputs.tags.exists(t, t == 3)", "expression/type", "t == 3", "between string and integer"],
  ["3 in inputs.tags", "expression/type", "3 in inputs.tags", "between integer and list"],
  ["inputs.s.shout()", "expression/type", "inputs.s.shout()", "no function `shout`"],
  ["inputs.s.matches(inputs.s)", "expression/pattern", "inputs.s.matches(inputs.s)", "literal"],
  ['inputs.s.matches("a(?=b)")', "expression/pattern", 'inputs.s.matches("a(?=b)")', "look-around"],
  ["inputs.s ==", "expression/syntax", "=", "ends too early"],
  ['inputs.s == "abc', "expression/syntax", '"abc', "Unterminated"],
])("%s is refused", (cel, code, place, words) => {
  const { error } = checkExpression(cel, scope);
  expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
  expect(cel.slice(error?.start, error?.end)).toBe(place);
});

test.each([
  ["a or b", "`||`"],
  ["inputs.yes and inputs.yes", "`&&`"],
  ["not inputs.yes", "`!`"],
  ["inputs.n = 5", "`==`"],
  ["inputs.n === 5", "`==`"],
])("%s gets a hint", (cel, hint) => {
  expect(checkExpression(cel, scope).error?.hint).toContain(hint);
});

test("a wrong name comes with the names there are", () => {
  expect(checkExpression("steps.assess.output.rsk", scope).error?.names).toEqual(["risk", "n"]);
  expect(checkExpression("inptus.n", scope).error?.names).toContain("inputs");
});

test("outside a loop there is no item", () => {
  const { error } = checkExpression("item.x", { inputs: {}, steps: new Map() });
  expect(error?.message).toContain("for-each");
});

test("items of a list have its type", () => {
  const item = itemTypeOf(checkExpression("inputs.files.filter(f, f.size > 1)", scope));
  const loop = { ...scope, loop: { item } };
  expect(checkExpression("item.name", loop).type).toBe("string");
  expect(checkExpression("item.nme", loop).error?.names).toEqual(["name", "size"]);
});

describe("integers", () => {
  const values: JsonObject = {
    inputs: { n: 5, ns: [3, 5], d: 5, files: [{ name: "a", size: 7 }], tags: ["a", "b", "c"], yes: true, maybe: null },
    steps: { assess: { output: { n: 9 } } },
    index: 3,
  };
  test.each<[cel: string, result: unknown]>([
    ["inputs.n / 2", 2],
    ["inputs.n % 2", 1],
    ["inputs.d / 2", 2.5],
    ["inputs.n / 2.0", 2.5],
    ["(inputs.n + 2) * inputs.n / 2", 17],
    ["(inputs.n + 2) / 2 * 2", 6],
    ["inputs.n / 2 / 2", 1],
    ["-inputs.n / 2", -2],
    ["index / 2", 1],
    ["inputs.ns.map(x, x / 2)", [1, 2]],
    ["inputs.files[0].size / 2", 3],
    ["steps.assess.output.n / inputs.n", 1],
    ["size(inputs.tags) / 2", 1],
    ["inputs.tags.size() / inputs.n", 0],
    ["(inputs.yes ? inputs.n : 3) / 2", 2],
    ["steps.assess.output.?n.orValue(1) / 2", 4],
    ["inputs.n * 1 / 2 + inputs.d / 2", 4.5],
    ["inputs.ns.map(x, x)[1] / 2", 2],
    ['{"a": inputs.n}.a / 2', 2],
  ])("%s is %j", (cel, result) => {
    const checked = checkExpression(cel, scope);
    expect(checked.error).toBeUndefined();
    expect(evaluate(checked.cel, values)).toEqual(result);
  });

  test("null is told as null", () => {
    const { cel } = checkExpression("inputs.maybe / 2", scope);
    expect(() => evaluate(cel, values)).toThrow(expect.objectContaining({ code: "expression/null" }));
  });
});

describe("choices", () => {
  const values: JsonObject = {
    inputs: { n: 5, d: 2.5, yes: true, maybe: null, s: "text", any: {} },
    steps: { each: { output: [] }, assess: { output: { n: null, risk: null }, status: "completed" } },
  };
  test.each<[cel: string, type: string, result: unknown]>([
    ["inputs.?maybe.orValue(3) > 2", "bool", true],
    ["inputs.?maybe.orValue(3)", "int", 3],
    ["inputs.?n.orValue(3)", "int", 5],
    ["inputs.?d.orValue(0)", "double", 2.5],
    ["(inputs.yes ? inputs.d : 1) / 2", "double", 1.25],
    ["(inputs.yes ? 1 : inputs.d) / 2", "double", 0.5],
    ["inputs.yes ? inputs.s : null", "dyn", "text"],
    ["steps.assess.output.?n.orValue(7) / 2", "int", 3],
    ['steps.assess.output.?risk.orValue(inputs.?nothing.orValue("low"))', "string", "low"],
    ["[1, 2].map(x, inputs.any.?x.orValue(x))", "list<dyn>", [1, 2]],
    ['steps.assess.status in ["completed", "skipped"]', "bool", true],
  ])("%s is %s, %j", (cel, type, result) => {
    const inputs = { ...scope.inputs, nothing: field("string", { required: false }) };
    const checked = checkExpression(cel, { ...scope, inputs });
    expect(checked.error).toBeUndefined();
    expect(checked.type.replace(/^list$/, "list<dyn>")).toBe(type);
    expect(evaluate(checked.cel, values)).toEqual(result);
  });

  test.each([
    'steps.assess.status == "success"',
    '"sucess" != steps.assess.status',
    'steps.assess.status in ["failed", "error"] || inputs.yes',
  ])("%s compares a status with what it never is", (cel) => {
    expect(checkExpression(cel, scope).error).toMatchObject({
      code: "expression/unknown-name",
      names: expect.arrayContaining(["completed"]),
    });
  });

  test("sides that nothing brings together are refused as they are written", () => {
    const { error } = checkExpression("inputs.yes ? inputs.s : 0", scope);
    expect(error?.message).toContain("string and integer");
  });

  test("plans of before mean what they meant", () => {
    expect(evaluate("inputs.?maybe.orValue(3)", values)).toBeNull();
  });
});

test("references tell what of a skipped step's output is needed", () => {
  const asked = (cel: string) =>
    checkExpression(cel, scope)
      .references.filter(asksOutput)
      .map(({ path }) => path.join("."));
  expect(asked("steps.assess.output.risk == inputs.s")).toEqual(["steps.assess.output.risk"]);
  expect(asked('steps.assess.output.?risk.orValue("")')).toEqual([]);
  expect(asked("steps.assess.?output.?risk.hasValue()")).toEqual([]);
  expect(asked("has(steps.assess.output.risk)")).toEqual([]);
  expect(asked("steps.assess.output == null")).toEqual([]);
});

test("references have places, and variables of macros are none", () => {
  const cel = "inputs.tags.filter(t, t == mail.tag).size() + index";
  const places = checkExpression(cel, scope).references.map(({ start, end }) => cel.slice(start, end));
  expect(places).toEqual(["inputs.tags", "mail.tag", "index"]);
});

test("thousands of expressions over thousands of steps take no time", () => {
  const steps = new Map(
    Array.from({ length: 5000 }, (_, index) => [`s${index}`, typeOfOutput({ field: field("integer") })] as const),
  );
  const started = performance.now();
  for (let index = 0; index < 5000; index += 1) {
    expect(checkExpression(`steps.s${index}.output + ${index} > 3`, { inputs: {}, steps }).type).toBe("bool");
  }
  expect(performance.now() - started).toBeLessThan(2000);
});
