import { LineCounter, parseDocument } from "yaml";
import { compileWorkflow } from "../src/language/compile-workflow.ts";
import { ratioRow, type Row } from "./row.ts";
import { median, pairs } from "./statistics.ts";

const project = { agents: {}, tools: {}, env: {}, readFile: () => undefined };
const ROUNDS = 30;

/** The compiler against reading the same YAML blocks with `yaml` alone, and how it grows with the file. */
export async function compareCompiler(count: number): Promise<readonly Row[]> {
  const [few, many] = [createFile(20), createFile(200)];
  const compileFew = () => timeEach(() => compile(few.text));
  const compileMany = () => timeEach(() => compile(many.text));
  const parseFew = () => timeEach(() => few.blocks.forEach(parse));
  // The machine's first impression of the code is not what a long-lived process pays.
  for (let round = 0; round < 3; round += 1) await Promise.all([compileMany(), compileFew(), parseFew()]);
  const alone = await pairs(count, compileFew, parseFew);
  const growth = await pairs(count, compileMany, compileFew);
  const ratios = (found: readonly { readonly a: number; readonly b: number }[]) => found.map(({ a, b }) => a / b);
  return [
    ratioRow("compile 20 steps", "the same blocks through `yaml` alone", {
      ratios: ratios(alone),
      target: 2,
      atMost: true,
    }),
    ratioRow("compile 200 steps", "20 steps", { ratios: ratios(growth), target: 11, atMost: true }),
  ];
}

/** A step with a script, values and an output, and one that decides by the output of the step before it, in turn. */
function createFile(steps: number): { readonly text: string; readonly blocks: readonly string[] } {
  const blocks = Array.from({ length: steps }, (_, index) =>
    index % 2 === 0
      ? `with: { text: "\${{ inputs.text }}", count: ${index} }\nretry: { max-attempts: 3 }\ntimeout: 5m\noutput:\n  words: integer\n  kind: { type: string, enum: [a, b] }\n`
      : `if: steps.step_${index - 1}.output.words > ${index} && inputs.text != ""\nset:\n  kind: \${{ steps.step_${index - 1}.output.kind }}\n  twice: \${{ steps.step_${index - 1}.output.words * 2 }}\n`,
  );
  const parts = blocks.map((block, index) => {
    const script = index % 2 === 0 ? '```bash run\nwc -w <<< "$text"\n```\n' : "";
    return `## Step ${index}\nWhat step ${index} is for.\n${script}\`\`\`yaml step\n${block}\`\`\`\n`;
  });
  return { text: `---\ninputs: { text: hello }\n---\n${parts.join("")}`, blocks };
}

function compile(text: string): void {
  const { plan, diagnostics } = compileWorkflow({ file: "bench.md", bytes: text }, project);
  if (plan === undefined) throw new Error(JSON.stringify(diagnostics));
}

/** As a program would that wants values and places. */
function parse(block: string): void {
  parseDocument(block, { lineCounter: new LineCounter() }).toJS();
}

/** Median of a few rounds, in milliseconds. */
function timeEach(work: () => void): Promise<number> {
  const found = Array.from({ length: ROUNDS }, () => {
    const startedAt = performance.now();
    work();
    return performance.now() - startedAt;
  });
  return Promise.resolve(median(found));
}
