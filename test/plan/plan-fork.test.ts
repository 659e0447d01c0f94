// What a fork may take over, and what must not be: a result that would be another one now.
import { expect, test } from "vitest";
import { type ForkPlan, planFork } from "../../src/client/plan-fork.ts";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import type { CarriedState } from "../../src/plan/carried-state.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import type { Plan } from "../../src/plan/plan.ts";

const set = (title: string, yaml: string) => `## ${title}\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const INPUTS = "inputs: { x: { type: string, default: a }, y: { type: string, default: a } }";
const GIVEN = { x: "a", y: "a" };

function compile(markdown: string): Plan {
  const { plan, diagnostics } = compileWorkflow(
    { file: "w.md", bytes: markdown },
    { agents: {}, tools: {}, env: {}, readFile: () => new TextEncoder().encode("- x") },
  );
  if (plan === undefined) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

/** A run in which each step ended as said, completed where nothing is. */
function stateOf(plan: Plan, ends: { readonly [step: string]: "failed" | "skipped" } = {}): CarriedState {
  const ended = plan.steps.map(({ id }) => [id, { status: ends[id] ?? "completed" }]);
  return { frames: [{ prefix: "", ended }], steps: plan.steps, undoLog: [] } as unknown as CarriedState;
}

function fork(
  before: string,
  {
    after = before,
    inputs = GIVEN,
    ends,
  }: { after?: string; inputs?: JsonObject; ends?: Parameters<typeof stateOf>[1] },
): ForkPlan {
  const plan = compile(before);
  return planFork(
    { plan, inputs: GIVEN, state: stateOf(plan, ends) },
    { plan: compile(after), inputs, from: undefined },
  );
}

test("a step that reads all inputs, or one that only a run can name, runs again where any has changed", () => {
  const text =
    `---\n${INPUTS}\n---\n` +
    set("One", "set: { a: '${{ inputs.x }}' }") +
    set("All", "needs: []\nset: { a: '${{ inputs }}' }") +
    set("Some", "needs: [one]\nset: { a: '${{ inputs[steps.one.output.a] }}' }") +
    set("None", "needs: []\nset: { a: 1 }");
  const { reused, again } = fork(text, { inputs: { ...GIVEN, y: "b" } });
  expect(reused).toEqual(["one", "none"]);
  expect(again).toMatchObject([
    { id: "all", why: "the input y has changed" },
    { id: "some", why: "the input y has changed" },
  ]);
});

test("so does one whose environment is made of that input", () => {
  const text = `---\n${INPUTS}\nenv: { WHO: "\${{ inputs.x }}" }\n---\n${set("One", "set: { a: 1 }")}`;
  expect(fork(text, { inputs: { ...GIVEN, y: "b" } }).reused).toEqual(["one"]);
  expect(fork(text, { inputs: { ...GIVEN, x: "b" } }).again).toMatchObject([{ why: "the input x has changed" }]);
});

test("what takes care of a step runs again with it", () => {
  const text =
    set("Risky", "on-error: rescue\nset: { a: 1 }") + set("Rescue", "set: { a: 2 }") + set("After", "set: { a: 3 }");
  expect(fork(text, { ends: { risky: "failed" } }).again).toMatchObject([
    { id: "risky", why: "it is failed" },
    { id: "rescue", why: "it takes care of risky" },
    { id: "after", why: "it needs risky" },
  ]);
  expect(fork(text, { ends: { rescue: "skipped" } }).reused).toEqual(["risky", "rescue", "after"]);
});

test("a field that is called as a word about steps is a field; its description is what an agent is told", () => {
  const asks = (field: string) =>
    `---\nagent: a\nagents: { a: { kind: recorded, replies: r.yaml } }\n---\n## Ask\nSay it.\n\`\`\`yaml step\noutput: { ${field} }\n\`\`\`\n`;
  for (const field of ["description", "source", "file", "digest"])
    expect(fork(asks(`${field}: string`), { after: asks(`${field}: integer`) }).reused, field).toEqual([]);
  const told = (words: string) => asks(`risk: { type: string, description: ${words} }`);
  expect(fork(told("low"), { after: told("high") }).reused).toEqual([]);
  expect(compile(told("low")).digest).not.toBe(compile(told("high")).digest);
});

test("prose about a step, and where it stands, are not its definition", () => {
  const text = set("One", "set: { a: 1 }");
  const moved = `Prose.\n\n${text.replace("```yaml", "What it is for.\n\n```yaml")}`;
  expect(fork(text, { after: moved }).reused).toEqual(["one"]);
  expect(compile(text).digest).toBe(compile(moved).digest);
});
