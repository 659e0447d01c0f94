import { compileWorkflow } from "../src/language/compile-workflow.ts";
import type { Plan } from "../src/plan/plan.ts";

/** One shape of work, as a plan and as calls of the hand-written workflow. */
export interface Shape {
  readonly name: string;
  readonly plan: Plan;
  readonly handWritten: { readonly type: "sequence" | "localSequence" | "fanOut" | "idle"; readonly count: number };
  /** Runs in all, and at once. */
  readonly runs: number;
  readonly atOnce: number;
  readonly steps: number;
}

const ONCE = { runs: 1, atOnce: 1 };

/** Steps one after the other. */
export function sequenceOf(steps: number): Shape {
  return {
    ...ONCE,
    name: `${steps} sequential steps`,
    plan: compile(repeated(steps, noop)),
    handWritten: { type: "sequence", count: steps },
    steps,
  };
}

/** Many runs of a shape. */
export function manyRunsOf(shape: Shape, { runs, atOnce }: { readonly runs: number; readonly atOnce: number }): Shape {
  return {
    ...shape,
    name: `${runs} runs of ${shape.name}, ${atOnce} at once`,
    runs,
    atOnce,
    steps: runs * shape.steps,
  };
}

/** One step for each item, all at once. */
export function fanOutOf(items: number): Shape {
  const list = JSON.stringify(Array.from({ length: items }, (_, index) => index));
  return {
    ...ONCE,
    name: `fan-out of ${items}`,
    plan: compile(noop("Each", `for-each: ${list}\nmax-parallel: ${items}\n`)),
    handWritten: { type: "fanOut", count: items },
    steps: items,
  };
}

/** Light steps: local activities, one after the other. */
export function localSteps(steps: number): Shape {
  return {
    ...sequenceOf(steps),
    name: `${steps} local steps`,
    plan: compile(repeated(steps, (title) => noop(title, "local: true\n"))),
    handWritten: { type: "localSequence", count: steps },
  };
}

/** Steps that only compute and decide: half of them `set`, half of them left out by `if`. */
export function pureSteps(steps: number): Shape {
  const pure = (title: string, index: number) =>
    index % 2 === 0
      ? `## ${title}\n\`\`\`yaml step\nset: { n: "\${{ 1 + ${index} }}" }\n\`\`\`\n`
      : noop(title, `if: steps.step_${index - 1}.output.n < 0\n`);
  return { ...sequenceOf(steps), name: `${steps} steps of \`set\` and \`if\``, plan: compile(repeated(steps, pure)) };
}

/** Waits for a person before nineteen more steps. */
export function waitingRun(runs: number): Shape {
  const gate = "## Gate\n```yaml step\napproval: { message: Go on? }\n```\n";
  return {
    name: `${runs} runs that wait for an approval`,
    plan: compile(gate + repeated(19, noop)),
    handWritten: { type: "idle", count: 0 },
    runs,
    atOnce: 20,
    steps: 20,
  };
}

function repeated(steps: number, write: (title: string, index: number) => string): string {
  return Array.from({ length: steps }, (_, index) => write(`Step ${index}`, index)).join("");
}

function noop(title: string, more: string | number = ""): string {
  return `## ${title}\n\`\`\`yaml step\nuses: bench.noop\neffect: read\n${typeof more === "string" ? more : ""}\`\`\`\n`;
}

function compile(markdown: string): Plan {
  const tools = { bench: { kind: "script", operations: { noop: {} } } };
  const project = { agents: {}, tools, env: {}, readFile: () => undefined };
  const { plan, diagnostics } = compileWorkflow({ file: "bench.md", bytes: markdown }, project);
  if (plan === undefined) throw new Error(JSON.stringify(diagnostics));
  return plan;
}
