// A key that a kind of step would have to ignore is refused: who wrote it meant something by it.
import { describe, expect, test } from "vitest";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";

const project = { agents: {}, tools: {}, env: {}, secrets: [], readFile: () => undefined };
const KINDS: Readonly<Record<string, string>> = {
  set: "set: { a: 1 }",
  wait: "wait: 1s",
  "wait-until": "wait-until: 2999-01-01T00:00:00Z",
  "wait-for": "wait-for: { signal: go }",
  approval: "approval: { message: Go? }",
  ask: "ask: { message: Where?, fields: { place: string } }",
};
const KEYS: Readonly<Record<string, string>> = {
  retry: "{ max-attempts: 2 }",
  timeout: "2d",
  heartbeat: "5s",
  effect: "read",
  env: "{ A: b }",
  local: "true",
  output: "{ a: string }",
};
const complaints = (step: string) =>
  compileWorkflow({ file: "w.md", bytes: `## One\n\`\`\`yaml step\n${step}\n\`\`\`\n` }, project).diagnostics.map(
    ({ code, message, hint }) => `${code}: ${message}. ${hint}`,
  );

describe.each(Object.entries(KINDS))("%s", (kind, action) => {
  test.each(Object.entries(KEYS))("has no use for %s", (key, value) => {
    expect(complaints(action)).toEqual([]);
    const [first, ...others] = complaints(`${action}\n${key}: ${value}`);
    expect(first).toContain(`step/unknown-key: ${key} has no meaning in a step of kind ${kind}`);
    expect(others).toEqual([]);
  });
});

test("a workflow has the outputs of its file", () => {
  expect(complaints("workflow: child.md\noutput: { a: string }").join("\n")).toContain(
    "has no meaning in a step of kind workflow",
  );
});

test("the time limit of a question stands inside it, and the hint says so", () => {
  expect(complaints(`${KINDS["approval"]}\ntimeout: 2d`)[0]).toContain("say `expires:` inside `approval:`");
});

test("a `verify` has attempts and an environment in steps of every kind", () => {
  expect(complaints("set: { a: 1 }\nverify: output.a > 0\nretry: { max-attempts: 2 }\nenv: { A: b }")).toEqual([]);
});
