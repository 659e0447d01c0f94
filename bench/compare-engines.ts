import type { Bench } from "./bench.ts";
import { startEngine } from "./engine.ts";
import { ratioRow, type Row } from "./row.ts";
import { fanOutOf, localSteps, manyRunsOf, sequenceOf } from "./shapes.ts";
import { pairs } from "./statistics.ts";

/** Our plans against the hand-written workflow of the same shape, in time and in processor time; and light steps. */
export async function compareEngines({ server, pairs: count, scale }: Bench): Promise<readonly Row[]> {
  const engine = await startEngine(server.address);
  const rows: Row[] = [];
  const long = sequenceOf(100 / scale);
  for (const [shape, cpu] of [
    [long, 0.9],
    [manyRunsOf(sequenceOf(5), { runs: 200 / scale, atOnce: 50 }), 0.98],
    [fanOutOf(100), 0.9],
  ] as const) {
    const [ours, theirs] = [() => engine.run("plan", shape), () => engine.run("hand-written", shape)];
    await pairs(2, ours, theirs);
    const found = await pairs(count, ours, theirs);
    rows.push(
      ratioRow(shape.name, "hand-written, time", { values: found.map(({ a, b }) => b.ms / a.ms), atLeast: 0.95 }),
      ratioRow(shape.name, "hand-written, CPU", { values: found.map(({ a, b }) => b.cpuMs / a.cpuMs), atLeast: cpu }),
    );
  }
  const local = localSteps(long.steps);
  const found = await pairs(
    count,
    () => engine.run("plan", local),
    () => engine.run("plan", long),
  );
  rows.push(ratioRow(local.name, "our regular steps", { values: found.map(({ a, b }) => a.ms / b.ms), atMost: 0.3 }));
  await engine.close();
  return rows;
}
