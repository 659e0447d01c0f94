import type { Bench } from "./bench.ts";
import { startEngine } from "./engine.ts";
import { startDbos } from "./others/dbos.ts";
import { NotInstalled, type Other } from "./others/other.ts";
import { startRestate } from "./others/restate.ts";
import { figureRow, missingRow, ratioRow, type Row } from "./row.ts";
import { sequenceOf } from "./shapes.ts";
import { pairs } from "./statistics.ts";

const OTHERS: Readonly<Record<string, () => Promise<Other>>> = { DBOS: startDbos, Restate: startRestate };

/** Other engines in their documented way, beside ours. They promise different things, so no row has a target. */
export async function compareOthers({ server, pairs: count, scale }: Bench): Promise<readonly Row[]> {
  const shape = sequenceOf(100 / scale);
  const engine = await startEngine(server.address);
  const rows: Row[] = [];
  for (const [name, start] of Object.entries(OTHERS)) {
    const what = `${shape.name}, ${name}`;
    try {
      const other = await start();
      const [theirs, ours] = [() => other.runSequence(shape.steps), async () => (await engine.run("plan", shape)).ms];
      await pairs(1, theirs, ours);
      const found = await pairs(count, theirs, ours);
      await other.close();
      rows.push(
        ratioRow(what, "ours, time of theirs", { values: found.map(({ a, b }) => a / b) }),
        figureRow(`a step, ${name}`, "", { values: found.map(({ a }) => a / shape.steps), unit: "ms" }),
      );
    } catch (error) {
      if (!(error instanceof NotInstalled)) throw error;
      rows.push(missingRow(what, "ours", error.message));
    }
  }
  await engine.close();
  return rows;
}
