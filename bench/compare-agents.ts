import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { loadWorkflow } from "../src/bundle/load-workflow.ts";
import { connectClient } from "../src/client/connect-client.ts";
import { startRun } from "../src/client/start-run.ts";
import { startSupervisedWorker } from "../src/worker/supervisor.ts";
import type { Bench } from "./bench.ts";
import { startInstantModel } from "./instant-model.ts";
import { figureRow, ratioRow, type Row } from "./row.ts";
import { pairs } from "./statistics.ts";
import { timeNode } from "./time-command.ts";

const TURNS = 21;
const AGENTS = 50;
/** A model that thinks for a while, so that all agents are in the middle of a call at once. */
const THINKS_MS = 500;

/** What our loop costs around a model that answers at once, many agents on one worker, and the start of a command. */
export async function compareAgents({ server: { address }, pairs: count, scale }: Bench): Promise<readonly Row[]> {
  const dir = mkdtempSync(join(tmpdir(), "aiworkflow-bench-"));
  const stateDir = join(dir, ".aiworkflow");
  const model = await startInstantModel("sums__add");
  process.env["BENCH_KEY"] = "bench";
  const settings = `agent: a\nagents: { a: { kind: anthropic, base-url: "${model.url}", api-key-env: BENCH_KEY } }\n`;
  const tool = { kind: "mcp", command: process.execPath, args: [resolve("bench/agents-mcp.ts")] };
  writeFileSync(join(dir, "aiworkflow.yaml"), settings);
  writeFileSync(join(dir, "registry.yaml"), JSON.stringify({ tools: { sums: tool } }));
  const worker = startSupervisedWorker({ address, namespace: "default", projectDir: dir, stateDir });
  const connected = await connectClient({ address, namespace: "default" });
  await worker.ready;

  const run = async (manners: string, more = ""): Promise<{ readonly run: string; readonly ms: number }> => {
    const text = `## Ask\n${manners}\n\`\`\`yaml step\ntools: [sums.add]\n${more}\n\`\`\`\n`;
    writeFileSync(join(dir, "workflow.md"), text);
    const { plan, files, diagnostics } = loadWorkflow(join(dir, "workflow.md"));
    if (plan === undefined) throw new Error(JSON.stringify(diagnostics));
    const startedAt = performance.now();
    const started = await startRun(connected, { plan, files, inputs: {}, projectDir: dir, stateDir });
    await connected.client.workflow.getHandle(started.run).result();
    return { run: started.run, ms: performance.now() - startedAt };
  };

  try {
    await run("turns=3 delay=0");
    const turns = await pairs(
      count,
      () => run(`turns=${TURNS} delay=0`),
      () => run("turns=1 delay=0"),
    );
    const agents = Math.ceil(AGENTS / scale);
    const items = JSON.stringify(Array.from({ length: agents }, (_, index) => index));
    const many = await run(`turns=5 delay=${THINKS_MS}`, `for-each: ${items}\nmax-parallel: ${agents}`);
    const { events } = await connected.client.workflow.getHandle(many.run).fetchHistory();
    const again = (events ?? []).filter((one) => (one.activityTaskStartedEventAttributes?.attempt ?? 1) > 1);
    const starts = await pairs(
      count,
      () => timeNode([resolve("dist/cli/main.js"), "agent", "list"], dir),
      () => timeNode(["-e", "0"], dir),
    );
    return [
      figureRow("one more turn of an agent with one MCP call", "", {
        values: turns.map(({ a, b }) => (a.ms - b.ms) / (TURNS - 1)),
        unit: "ms",
        atMost: 60,
      }),
      figureRow(`activities tried again, ${agents} agents at once`, "", {
        values: [again.length],
        unit: "",
        atMost: 0,
      }),
      figureRow(`${agents} agents at once, 5 turns of ${THINKS_MS} ms`, "", { values: [many.ms / 1000], unit: "s" }),
      ratioRow("`agent list`", "`node -e 0`", { values: starts.map(({ a, b }) => a / b), atMost: 4 }),
    ];
  } finally {
    await connected.close();
    await worker.stop();
    model.close();
    rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  }
}
