import { compileWorkflow } from "../src/language/compile-workflow.ts";
import type { Plan } from "../src/plan/plan.ts";

/** One shape of work, as a plan and as calls of the hand-written workflow. */
export interface Shape {
  readonly name: string;
  readonly plan: Plan;
  readonly handWritten: { readonly type: "sequence" | "fanOut"; readonly count: number };
  /** Runs in all, and at once. */
  readonly runs: number;
  readonly atOnce: number;
  readonly steps: number;
}

/** The shapes that are compared; `quick` makes them smaller. */
export function createShapes(quick: boolean): readonly Shape[] {
  const scale = quick ? 4 : 1;
  const [long, many, wide] = [100 / scale, 200 / scale, 100];
  return [
    {
      name: `${long} sequential steps`,
      plan: compile(Array.from({ length: long }, (_, index) => step(`Step ${index}`)).join("")),
      handWritten: { type: "sequence", count: long },
      runs: 1,
      atOnce: 1,
      steps: long,
    },
    {
      name: `${many} runs of 5 steps, 50 at once`,
      plan: compile(Array.from({ length: 5 }, (_, index) => step(`Step ${index}`)).join("")),
      handWritten: { type: "sequence", count: 5 },
      runs: many,
      atOnce: 50,
      steps: many * 5,
    },
    {
      name: `fan-out of ${wide}`,
      plan: compile(
        step(
          "Each",
          `for-each: ${JSON.stringify(Array.from({ length: wide }, (_, index) => index))}\nmax-parallel: ${wide}\n`,
        ),
      ),
      handWritten: { type: "fanOut", count: wide },
      runs: 1,
      atOnce: 1,
      steps: wide,
    },
  ];
}

function step(title: string, more = ""): string {
  return `## ${title}\n\`\`\`yaml step\nuses: bench.noop\neffect: read\n${more}\`\`\`\n`;
}

function compile(markdown: string): Plan {
  const tools = { bench: { kind: "script", operations: { noop: {} } } };
  const project = { agents: {}, tools, env: {}, readFile: () => undefined };
  const { plan, diagnostics } = compileWorkflow({ file: "bench.md", bytes: markdown }, project);
  if (plan === undefined) throw new Error(JSON.stringify(diagnostics));
  return plan;
}
