import { expect, test } from "vitest";
import { evaluate } from "../../src/expressions/evaluate.ts";
import { RESERVED_NAMES } from "../../src/expressions/reserved-names.ts";

/** Whether an expression of this name alone gives the value of the scope. */
function isReachable(name: string): boolean {
  try {
    return evaluate(name, { [name]: "mine" }) === "mine";
  } catch {
    return false;
  }
}

test.each([...RESERVED_NAMES])("%s cannot name an item", (name) => {
  expect(isReachable(name)).toBe(false);
});

test.each(["mail", "file", "item", "size", "has", "matches", "duration", "i_"])("%s can", (name) => {
  expect(isReachable(name)).toBe(true);
});
