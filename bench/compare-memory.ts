import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { inLanes, type Kind, openBenchClient } from "./bench-client.ts";
import { bundleOf } from "./engine.ts";
import { figureRow, ratioRow, type Row } from "./row.ts";
import { type Shape, waitingRun } from "./shapes.ts";
import { pairs } from "./statistics.ts";
import { startWorkerChild } from "./worker-child.ts";

const FLAGS = ["--expose-gc", "--require", join(import.meta.dirname, "collect-garbage.ts")];
const MEGABYTE = 1024 * 1024;

/** How much a worker's resident set grows with runs that wait for a person, against an idle workflow written by hand. */
export async function compareMemory({ server, pairs: count, scale }: Bench): Promise<readonly Row[]> {
  const shape = waitingRun(1000 / scale);
  const grow = (kind: Kind) => () => growthOf(server.address, kind, shape);
  const found = await pairs(count, grow("plan"), grow("hand-written"));
  const perThousand = (bytes: number) => (bytes / MEGABYTE) * (1000 / shape.runs);
  return [
    ratioRow(`memory of ${shape.name}`, "hand-written idle workflow", {
      values: found.map(({ a, b }) => a / b),
      atMost: 1.2,
    }),
    figureRow("memory of 1,000 runs that wait", "", { values: found.map(({ a }) => perThousand(a)), unit: "MB" }),
    figureRow("memory of 1,000 idle runs written by hand", "", {
      values: found.map(({ b }) => perThousand(b)),
      unit: "MB",
    }),
  ];
}

async function growthOf(address: string, kind: Kind, shape: Shape): Promise<number> {
  const taskQueue = `memory-${kind}`;
  const [worker, client] = [
    await startWorkerChild({ address, taskQueue, bundle: { codePath: await bundleOf(kind) } }, FLAGS),
    await openBenchClient(address),
  ];
  const runs: string[] = [];
  const start = async () => {
    const run = await client.start(kind, shape, taskQueue);
    runs.push(run);
    // It answers when it has come to its wait.
    await client.connected.client.workflow.getHandle(run).query("report");
  };
  await inLanes({ ...shape, runs: 20 }, start);
  const before = await worker.ask({ what: "memory" });
  await inLanes(shape, start);
  const after = await worker.ask({ what: "memory" });
  await worker.kill();
  await inLanes({ ...shape, runs: runs.length }, async () => {
    await client.connected.client.workflow.getHandle(runs.pop() as string).terminate();
  });
  await client.close();
  return after - before;
}
