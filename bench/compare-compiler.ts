import { LineCounter, parseDocument } from "yaml";
import { compileWorkflow } from "../src/language/compile-workflow.ts";
import type { Bench } from "./bench.ts";
import { ratioRow, type Row } from "./row.ts";
import { median } from "./statistics.ts";

const project = { agents: {}, tools: {}, env: {}, readFile: () => undefined };
/** Rounds of one pair: a single one is over before the machine has settled. */
const ROUNDS = 20;

/** The compiler against reading the same YAML blocks with `yaml` alone, and how it grows with the file. */
export function compareCompiler({ pairs }: Bench): Promise<readonly Row[]> {
  const [few, many] = [createFile(20), createFile(200)];
  const compileFew = () => compile(few.text);
  const compileMany = () => compile(many.text);
  const parseFew = () => few.blocks.forEach(parse);
  // The first impressions that the machine has of the code are not what a program pays that lives for more than a moment.
  alternate(compileMany, parseFew);
  return Promise.resolve([
    ratioRow("compile 20 steps", "the same blocks through `yaml` alone", {
      values: Array.from({ length: pairs }, () => alternate(compileFew, parseFew)),
      atMost: 2,
    }),
    ratioRow("compile 200 steps", "20 steps", {
      values: Array.from({ length: pairs }, () => alternate(compileMany, compileFew)),
      atMost: 11,
    }),
  ]);
}

/** How many times longer one piece of work takes than the other: medians of rounds in alternating order. */
function alternate(one: () => void, other: () => void): number {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS * 2; round += 1) {
    // one other other one …
    const which = round % 4 === 0 || round % 4 === 3 ? 0 : 1;
    const startedAt = performance.now();
    [one, other][which]?.();
    times[which].push(performance.now() - startedAt);
  }
  return median(times[0]) / median(times[1]);
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
