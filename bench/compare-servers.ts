import type { Bench } from "./bench.ts";
import { startEngine } from "./engine.ts";
import { figureRow, ratioRow, type Row } from "./row.ts";
import { startStock } from "./servers.ts";
import { sequenceOf } from "./shapes.ts";
import { pairs } from "./statistics.ts";

/** A sequential step on a server with our settings, and on one as it comes. */
export async function compareServers({ server, cliPath, pairs: count, scale }: Bench): Promise<readonly Row[]> {
  const shape = sequenceOf(100 / scale);
  const stock = await startStock(cliPath);
  try {
    const [ours, theirs] = [await startEngine(server.address), await startEngine(stock.address)];
    const [here, there] = [() => ours.run("plan", shape), () => theirs.run("plan", shape)];
    await pairs(1, here, there);
    const found = await pairs(count, here, there);
    await ours.close();
    await theirs.close();
    return [
      figureRow("a sequential step", "our server settings, file database", {
        values: found.map(({ a }) => a.ms / shape.steps),
        unit: "ms",
        atMost: 15,
      }),
      ratioRow(`${shape.name}, our server settings`, "stock `start-dev`", {
        values: found.map(({ a, b }) => b.ms / a.ms),
        atLeast: 4,
      }),
    ];
  } finally {
    await stock.close();
  }
}
