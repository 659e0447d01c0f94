import fc from "fast-check";
import { expect, test } from "vitest";
import { wrapText } from "../../src/cli/wrap-text.ts";

test("lines are as long as the terminal is wide, and nothing is lost but the space around them", () => {
  expect(wrapText("abcdefg\n\n  hi\n", 3)).toEqual(["abc", "def", "g", "hi"]);
  expect(wrapText("日本語です", 4)).toEqual(["日本", "語で", "す"]);
  expect(wrapText("", 5)).toEqual([]);
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 2, max: 20 }), (text, columns) => {
      const lines = wrapText(text, columns);
      expect(lines.every((line) => line.length <= columns)).toBe(true);
      expect(lines.join("")).toBe(
        text
          .split("\n")
          .map((line) => line.trim())
          .join(""),
      );
    }),
  );
});
