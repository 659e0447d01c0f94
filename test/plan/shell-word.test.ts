import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { shellWord } from "../../src/plan/shell-word.ts";

test.each(["triage-k3x9", "each[3].gate", "a b", "it's", '$HOME `x` "y" \\', "*?~!#&|;<>(){}", "", "-x", "größe"])(
  "a shell takes %j as it is",
  (text) => {
    expect(execFileSync("sh", ["-c", `printf %s ${shellWord(text)}`], { encoding: "utf8" })).toBe(text);
  },
);

test("what needs no quotes has none", () => {
  expect(shellWord("flows/triage-k3x9.md")).toBe("flows/triage-k3x9.md");
});
