import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programFile } from "../src/system/package-root.ts";
import type { Bench } from "./bench.ts";
import { openBenchClient } from "./bench-client.ts";
import { recordHistory } from "./compare-replay.ts";
import { bundleOf } from "./engine.ts";
import { ratioRow, type Row } from "./row.ts";
import { localSteps, manyRunsOf, type Shape, sequenceOf } from "./shapes.ts";
import { pairs } from "./statistics.ts";
import { startWorkerChild, type WorkerChild } from "./worker-child.ts";

const FAST = ["--require", programFile("worker", "enter-fast")];

/** What `--fast` brings the hand-written workflow: two workers that differ in nothing else. */
export async function compareFast({ server, pairs: count, scale }: Bench): Promise<readonly Row[]> {
  const { address } = server;
  const dir = mkdtempSync(join(tmpdir(), "aiworkflow-bench-"));
  const history = join(dir, "history.json");
  const long = sequenceOf(1000 / scale);
  writeFileSync(history, await recordHistory(address, "hand-written", long));
  const codePath = await bundleOf("hand-written");
  const start = (taskQueue: string, flags: readonly string[]) =>
    startWorkerChild({ address, taskQueue, bundle: { codePath } }, flags);
  const [fast, stock, client] = [await start("fast", FAST), await start("stock", []), await openBenchClient(address)];
  const run = (worker: WorkerChild, taskQueue: string, shape: Shape) => async () => {
    const before = await worker.ask({ what: "cpu" });
    const ms = await client.run("hand-written", shape, taskQueue);
    return { ms, cpuMs: (await worker.ask({ what: "cpu" })) - before };
  };
  const replay = (worker: WorkerChild) => () => worker.ask({ what: "replay", history, codePath });
  const against = "stock worker, hand-written";
  const throughput = async (shape: Shape, atLeast?: number): Promise<readonly Row[]> => {
    const [a, b] = [run(fast, "fast", shape), run(stock, "stock", shape)];
    await pairs(1, a, b);
    const ran = await pairs(count, a, b);
    const times = ran.map(({ a: ours, b: theirs }) => theirs.ms / ours.ms);
    const cpu = ran.map(({ a: ours, b: theirs }) => theirs.cpuMs / ours.cpuMs);
    return [
      ratioRow(`\`worker --fast\`, ${shape.name}`, against, {
        values: times,
        ...(atLeast === undefined ? {} : { atLeast }),
      }),
      ratioRow(`\`worker --fast\`, CPU of the worker, ${shape.name}`, against, { values: cpu }),
    ];
  };
  try {
    // Steps that the worker does by itself show the worker; with regular ones, the server is most of the work.
    const rows = [
      ...(await throughput(manyRunsOf(localSteps(20), { runs: 100 / scale, atOnce: 50 }), 1.45)),
      ...(await throughput(manyRunsOf(sequenceOf(5), { runs: 200 / scale, atOnce: 50 }))),
    ];
    await pairs(1, replay(fast), replay(stock));
    const replayed = await pairs(count, replay(fast), replay(stock));
    return [
      ...rows,
      ratioRow(`\`worker --fast\`, replay of ${long.steps} steps`, against, {
        values: replayed.map(({ a, b }) => b / a),
        atLeast: 1.6,
      }),
    ];
  } finally {
    await Promise.all([fast.kill(), stock.kill(), client.close()]);
    rmSync(dir, { recursive: true });
  }
}
