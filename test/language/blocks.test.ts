// Every block and key of a step acts, or is refused: none is passed over.
import { describe, expect, test } from "vitest";
import { loadWorkflow } from "../../src/bundle/load-workflow.ts";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { projectWithAgent } from "./project-with-agent.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "aiworkflow-blocks-"));
  writeFileSync(
    join(folder, "child.md"),
    "---\ninputs: { who: { type: string, required: true } }\n---\n## Greet\nHello.\n",
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const block = (info: string, ...lines: readonly string[]) => `\`\`\`${info}\n${lines.join("\n")}\n\`\`\`\n`;
const compile = (...parts: readonly string[]) =>
  compileWorkflow({ file: "w.md", bytes: `## One\n${parts.join("")}` }, projectWithAgent);
const complaintsOf = (...parts: readonly string[]) =>
  compile(...parts).diagnostics.map(({ code, span, message }) => `${code} ${span?.line}:${span?.column} ${message}`);
const calling = (...parts: readonly string[]) => {
  const file = join(folder, "workflow.md");
  writeFileSync(file, `## One\n${parts.join("")}`);
  const { plan, diagnostics } = loadWorkflow(file, { env: { ANTHROPIC_API_KEY: "x" } });
  return { step: plan?.steps[0], told: diagnostics.map(({ code, span }) => `${code} ${span?.line}:${span?.column}`) };
};

describe("a `yaml with` block", () => {
  const child = block("yaml step", "workflow: child.md");
  const script = block("bash run", "echo hi");

  test("is what a called workflow is given and is checked by", () => {
    expect(calling(child, block("yaml with", "who: ann"))).toMatchObject({ step: { with: { who: "ann" } }, told: [] });
    expect(calling(child, block("yaml with", "who: ann", "wrong: 1")).told).toEqual(["step/bad-value 7:1"]);
    expect(calling(child, block("yaml with", "who: [ann]")).told).toEqual(["step/bad-value 6:6"]);
    expect(calling(child).told).toEqual(["step/bad-value 3:11"]);
  });

  test("does not stand beside a `with:`", () => {
    const both = block("yaml step", "workflow: child.md", "with: { who: ann }");
    expect(calling(both, block("yaml with", "who: bob")).told).toEqual(["step/two-blocks 6:4"]);
    const own = block("yaml step", "with: { a: 1 }");
    expect(complaintsOf(script, own, block("yaml with", "a: 2"))).toEqual([
      "step/two-blocks 8:4 the step has a `with:` and a `yaml with` block",
    ]);
  });

  test("is refused where nothing is given", () => {
    expect(complaintsOf("Do it.\n", block("yaml with", "a: 1"))).toEqual([
      "step/unknown-key 3:4 with has no meaning in a step of kind agent",
    ]);
    expect(complaintsOf(block("yaml step", "set: { a: 1 }"), block("yaml with", "a: 1"))).toEqual([
      "step/unknown-key 5:4 with has no meaning in a step of kind set",
    ]);
  });

  test("and `with:` hold names and values", () => {
    expect(complaintsOf(script, block("yaml with", "- a"))).toEqual([
      'step/bad-value 6:1 with must be a map, not ["a"]',
    ]);
    expect(complaintsOf(script, block("yaml step", "with: just text"))).toEqual([
      'step/bad-value 6:7 with must be a map, not "just text"',
    ]);
  });

  test("has its expressions at their places, and our variable refused", () => {
    const values = block("yaml with", "first: 1", 'third: "${{ inputs.x }}"', "AIWORKFLOW_KEY: b");
    expect(complaintsOf(script, values).map((text) => text.split(" ").slice(0, 2).join(" "))).toEqual([
      "expression/unknown-name 7:20",
      "step/bad-value 8:1",
    ]);
  });
});

describe("a `yaml undo` block", () => {
  const script = block("bash run", "echo hi");

  test("is an `undo:`, also where it says none", () => {
    expect(compile(script, block("yaml undo", "run: rm x")).plan?.steps[0]).toMatchObject({ undo: { body: "rm x" } });
    expect(compile(script, block("yaml undo", "none")).plan?.steps[0]).toMatchObject({ keepsEffect: true });
  });

  test.each([
    ["a list", ["- run: rm x"], "step/bad-undo 6:1"],
    ["nothing", [], "step/bad-undo 5:4"],
    ["another word", ["nothing"], "step/bad-undo 6:1"],
    ["no action", ["timeout: 1s"], "step/bad-undo 6:1"],
    ["a wrong name", ["run: rm", "with:", '  a: "${{ inputs.x }}"'], "expression/unknown-name 8:18"],
  ])("that holds %s is refused at its place", (_, lines, complaint) => {
    const [told, ...others] = complaintsOf(script, block("yaml undo", ...lines));
    expect(told?.startsWith(`${complaint} `), told).toBe(true);
    expect(others).toEqual([]);
  });

  test("does not stand beside an `undo:`", () => {
    expect(complaintsOf(script, block("yaml step", "undo: none"), block("yaml undo", "run: rm"))).toEqual([
      "step/two-blocks 8:4 the step has an `undo:` and a `yaml undo` block",
    ]);
  });
});

describe("a prompt or a schema of a block", () => {
  const prompt = block("md prompt", "What now?");
  const schema = block("json schema", '{"type": "object"}');

  test("is refused by kinds that ask nobody", () => {
    expect(complaintsOf(block("yaml step", "set: { a: 1 }"), prompt)).toEqual([
      "step/unknown-fence 5:4 a `md prompt` block has no meaning in a step of kind set",
    ]);
    expect(complaintsOf(block("bash run", "echo"), prompt)).toHaveLength(1);
  });

  test("is refused beside a `message:`", () => {
    const ask = block("yaml step", "approval: { message: Go? }");
    expect(complaintsOf(ask, prompt)).toEqual([
      "step/two-blocks 5:4 the step has a `message:` and a `md prompt` block",
    ]);
    expect(compile(block("yaml step", "approval: { min: 1 }"), prompt).plan?.steps[0]).toMatchObject({
      message: "What now?",
    });
  });

  test("is refused twice, and beside `output:`", () => {
    expect(complaintsOf(prompt, prompt)).toEqual(["step/two-blocks 5:4 the step has a second `md prompt` block"]);
    expect(complaintsOf("Do it.\n", schema, schema)).toEqual([
      "step/two-blocks 6:4 the step has a second `json schema` block",
    ]);
    expect(complaintsOf("Do it.\n", block("yaml step", "output: string"), schema)).toEqual([
      "step/two-blocks 6:4 the step has an `output:` and a `json schema` block",
    ]);
  });

  test("is refused by a group", () => {
    expect(complaintsOf(block("yaml step", "group:"), schema, "### Two\nDo it.\n")).toEqual([
      "step/unknown-fence 5:4 a `json schema` block has no meaning in a step of kind group",
    ]);
  });
});

test("a mark in another spelling is refused, and YAML with other words that looks like a step", () => {
  expect(complaintsOf("Do it.\n", block("yaml Step", "wait: 1s"))).toEqual([
    "step/unknown-fence 3:4 there is no block “yaml Step”",
  ]);
  expect(complaintsOf("Do it.\n", block("yaml setp", "wait: 1s"))).toEqual([
    "step/unmarked-block 3:4 this block looks like a step (wait) but is only shown to the agent",
  ]);
  expect(complaintsOf("Do it.\n", block("js title=run", "run: 1"), block("yaml example", "name: x"))).toEqual([]);
});

describe("keys of a loop", () => {
  test.each(["max-parallel: 2", "as: thing", "on-item-error: continue"])("%s is refused without one", (line) => {
    const key = line.split(":", 1)[0] as string;
    expect(complaintsOf("Do it.\n", block("yaml step", line))).toEqual([
      `step/unknown-key 4:1 ${key} has no meaning without \`for-each\``,
    ]);
    expect(complaintsOf("Do it.\n", block("yaml step", "for-each: [1]", line))).toEqual([]);
  });

  test.each(["steps", "inputs", "index", "env", "run", "secrets", "output", "in"])("no item is called %s", (name) => {
    expect(complaintsOf("Do it.\n", block("yaml step", "for-each: [1]", `as: ${name}`))).toEqual([
      `step/bad-value 5:5 items cannot be called ${name}`,
    ]);
  });

  test.each(["key", "outcome"])("an item called %s is refused where an undo asks for its own", (name) => {
    const loop = ["for-each: [1]", `as: ${name}`];
    const script = block("bash run", "echo");
    expect(complaintsOf(script, block("yaml step", ...loop))).toEqual([]);
    expect(complaintsOf(script, block("yaml step", ...loop, "undo: { run: rm }"))).toEqual([
      `step/bad-undo 8:7 \`${name}\` is the item of a loop here, and says something else in an undo`,
    ]);
  });
});

test("savepoints have names of their own", () => {
  const step = (heading: string, savepoint?: string) =>
    `## ${heading}\nDo it.\n${savepoint === undefined ? "" : block("yaml step", `savepoint: ${savepoint}`)}`;
  const told = (...steps: readonly string[]) =>
    compileWorkflow({ file: "w.md", bytes: steps.join("") }, projectWithAgent).diagnostics.map(
      ({ code, span, message }) => `${code} ${span?.line}:${span?.column} ${message}`,
    );
  expect(told(step("A", "here"), step("B", "there"), step("C", "c"))).toEqual([]);
  expect(told(step("A", "here"), step("B", "here"))).toEqual([
    "step/bad-value 9:12 the savepoint here is named on line 4 already",
  ]);
  expect(told(step("A", "b"), step("B"))).toEqual([
    "step/bad-value 4:12 the savepoint b is called as the step on line 6",
  ]);
});
