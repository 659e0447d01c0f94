import fc from "fast-check";
import { expect, test } from "vitest";
import { compilePattern, PatternError } from "../../src/plan/linear-pattern.ts";

test("agrees with the engine's own regular expressions", () => {
  const atom = fc.constantFrom(
    "a",
    "b",
    "c",
    ".",
    "[ab]",
    "[^a]",
    "\\d",
    "\\w",
    "\\b",
    "^",
    "$",
    "é",
    "\\.",
    "(?:ab)",
    "(a|bc)",
    "(b*|c)",
    "()",
  );
  const piece = fc.tuple(atom, fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,2}", "{1,}", "*?"));
  const source = fc
    .array(
      fc.oneof(
        piece.map(([text, times]) => (/^(\\b|\^|\$)$/.test(text) ? text : text + times)),
        fc.constant("|"),
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join(""));
  const text = fc
    .array(fc.constantFrom("a", "b", "c", "1", " ", ".", "é", "😀", "\n"), { maxLength: 10 })
    .map((chars) => chars.join(""));
  fc.assert(
    fc.property(source, text, (pattern, given) => {
      expect(compilePattern(pattern).test(given)).toBe(new RegExp(pattern, "u").test(given));
    }),
    { numRuns: 2000 },
  );
});

test.each([
  "(?=a)",
  "(?!a)",
  "(?<=a)b",
  "(?<!a)b",
  "(a)\\1",
  "(?<n>a)\\k<n>",
  "(",
  "a{1000000}",
  "((a{50}){50}){50}",
  "[b-a]",
  "*",
])("%s is refused", (pattern) => {
  expect(() => compilePattern(pattern)).toThrow(PatternError);
});

test.each(["(a*)*c", "(a|a)*c", "(a+)+$c", ".*.*.*.*x", "^(\\s*)*$c"])("%s takes linear time", (pattern) => {
  const started = performance.now();
  expect(compilePattern(pattern).test("a".repeat(20_000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(1000);
});
