import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Bench } from "./bench.ts";
import { ratioRow, type Row } from "./row.ts";
import { pairs } from "./statistics.ts";
import { timeNode } from "./time-command.ts";

/** Commands of the built package against the cheapest Node process there is. */
export async function compareCommands({ server: { address }, pairs: count }: Bench): Promise<readonly Row[]> {
  const dir = mkdtempSync(join(tmpdir(), "aiworkflow-bench-"));
  const body = (index: number) =>
    `## Step ${index}\n\`\`\`bash run\necho "$text"\n\`\`\`\n\`\`\`yaml step\nwith: { text: "\${{ inputs.text }}" }\n\`\`\`\n`;
  writeFileSync(
    join(dir, "twenty.md"),
    `---\ninputs: { text: hello }\n---\n${Array.from({ length: 20 }, (_, index) => body(index)).join("")}`,
  );
  writeFileSync(join(dir, "one.md"), "## Wait\n```yaml step\nwait: 1s\n```\n");
  const nothing = () => timeNode(["-e", "0"], dir);
  const commands: readonly [what: string, args: readonly string[], atMost: number][] = [
    ["`--version`", ["--version"], 1.6],
    ["`validate`, 20 steps", ["validate", "twenty.md"], 3],
    ["`run --detach`", ["run", "one.md", "--detach", "--address", address], 12],
  ];
  try {
    const rows: Row[] = [];
    for (const [what, args, atMost] of commands) {
      const found = await pairs(count, () => timeNode([resolve("dist/cli/main.js"), ...args], dir), nothing);
      rows.push(ratioRow(what, "`node -e 0`", { values: found.map(({ a, b }) => a / b), atMost }));
    }
    return rows;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
