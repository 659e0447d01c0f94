import { expect, test } from "vitest";
import { evaluate } from "../../src/expressions/evaluate.ts";
import { ExpressionError } from "../../src/expressions/expression-error.ts";
import type { JsonObject } from "../../src/plan/json.ts";

const scope: JsonObject = {
  inputs: {
    n: 5,
    half: 2.5,
    zero: 0,
    name: "ann",
    empty: "",
    yes: true,
    no: false,
    none: null,
    tags: ["a", "b"],
    ns: [1, 2, 3],
  },
  steps: {
    a: { output: { risk: "high", n: 7 }, status: "completed", error: null, attempts: 1 },
    skipped: { output: null, status: "skipped", error: null, attempts: 0 },
    import: { output: 1, status: "completed", error: null, attempts: 1 },
  },
  item: { id: 2, labels: { urgent: true } },
  index: 1,
};

/** An error code stands for a failure. */
const conditions: readonly (readonly [cel: string, expected: boolean | string])[] = [
  ["true", true],
  ["false", false],
  ['"false" == "false"', true],
  ["inputs.n == 5", true],
  ["5 == inputs.n", true],
  ["inputs.n != 5", false],
  ["inputs.n != 6", true],
  ["inputs.n < 6", true],
  ["inputs.n <= 5", true],
  ["inputs.n > 4.5", true],
  ["inputs.n >= 5.5", false],
  ["6 > inputs.n", true],
  ["inputs.half == 2.5", true],
  ["inputs.half * 2 == inputs.n", true],
  ["1 == 1.0", true],
  ["1.0 != 1", false],
  ['inputs.n == "5"', false],
  ['"5" == inputs.n', false],
  ['inputs.n < "6"', "expression/failed"],
  ['inputs.name < "bob"', true],
  ['inputs.name == "ann" && inputs.n == 5', true],
  ['inputs.name == "bob" || inputs.n == 5', true],
  ['!(inputs.name == "bob") && !inputs.no', true],
  ["inputs.yes", true],
  ["!inputs.yes", false],
  ["!inputs.n", "expression/failed"],
  ["inputs.yes && inputs.n", "expression/failed"],
  ['inputs.yes == "true"', false],
  ['inputs.empty == ""', true],
  ["inputs.none == null", true],
  ["inputs.none != null", false],
  ["inputs.zero == null", false],
  ["inputs.none > 3", "expression/null"],
  ["inputs.none + 1 == 1", "expression/null"],
  ['"a" in inputs.tags', true],
  ['"c" in inputs.tags', false],
  ["2 in inputs.ns", true],
  ["inputs.n in [1, 5]", true],
  ["inputs.n in [1.0, 5.0]", true],
  ["inputs.ns == [1, 2, 3]", true],
  ["[1, 2] == inputs.ns", false],
  ['"n" in inputs', true],
  ['inputs.tags.exists(t, t == "b")', true],
  ["inputs.ns.all(x, x > 1)", false],
  ["inputs.ns.filter(x, x % 2 == 1).size() == 2", true],
  ["size(inputs.tags) == 2", true],
  ['steps.a.output.risk == "high"', true],
  ["steps.skipped.output == null", true],
  ['steps.skipped.output.risk == "high"', "expression/null"],
  ['steps.skipped.output.?risk.orValue("low") == "low"', true],
  ["has(steps.skipped.output.risk)", false],
  ["has(steps.a.output.risk)", true],
  ['steps.skipped.status == "skipped"', true],
  ["steps.import.output == 1", true],
  ["item.labels.urgent && index == 1", true],
  ["inputs.missing == 1", "expression/failed"],
  ['inputs.name.matches("^a.n$")', true],
  ['inputs.name.contains("nn") && inputs.name.startsWith("a")', true],
  ["inputs.no || inputs.yes or inputs.no", "expression/syntax"],
  ["inputs.n = 5", "expression/syntax"],
  ["inputs.n > 1 > 0", "expression/failed"],
  ["inputs.yes ? inputs.no : inputs.yes", false],
  ["inputs.n ? true : false", "expression/failed"],
];

test.each(conditions)("%s is %s", (cel, expected) => {
  if (typeof expected === "boolean") {
    expect(evaluate(cel, scope)).toBe(expected);
    return;
  }
  const failure = expectFailure(() => evaluate(cel, scope));
  expect(failure.code).toBe(expected);
  expect(failure.message).toContain(cel);
  expect(failure.message).not.toContain("\n");
});

function expectFailure(run: () => unknown): ExpressionError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ExpressionError);
    return error as ExpressionError;
  }
  throw new Error("nothing was thrown");
}
