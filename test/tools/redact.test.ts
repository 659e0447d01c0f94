import { expect, test } from "vitest";
import type { JsonObject } from "../../src/plan/json.ts";
import { createRedactor, redactValue } from "../../src/tools/redact.ts";

const SECRETS = Array.from({ length: 10 }, (_, index) => `tok/${index}+${"aZ9_".repeat(8)}"${index}`);

test("a large output is searched for all secrets in a time in which its worker still counts as alive", () => {
  const redact = createRedactor(SECRETS);
  const rows: JsonObject[] = Array.from({ length: 100_000 }, (_, n) => ({
    id: n,
    name: `Name ${n}`,
    text: "some words of a row that is not very long",
    ok: true,
  }));
  const beganMs = performance.now();
  expect(redactValue(rows, redact)).toBe(rows);
  const masked = redactValue([...rows, { text: `it is ${SECRETS[3]}` }], redact) as readonly JsonObject[];
  expect(performance.now() - beganMs).toBeLessThan(6000);
  expect(masked.at(-1)).toEqual({ text: "it is ***" });
  expect(masked[5]).toBe(rows[5]);
});

test("the longest of what is known is masked whole, wherever it stands", () => {
  const redact = createRedactor(["abcdef", "xabc", "4711"]);
  expect(redact("xabcdef")).toBe("x***");
  expect(redactValue({ xabc: [14711, 4711, true, null], deep: { "a.b": "abcdef" } }, redact)).toEqual({
    "***": ["1***", "***", true, null],
    deep: { "a.b": "***" },
  });
  expect(createRedactor([])("abcdef")).toBe("abcdef");
  const odd = "a.c$^*+?(){}[]|\\-/";
  expect(createRedactor([odd])(`abc$ ${odd}`)).toBe("abc$ ***");
});
