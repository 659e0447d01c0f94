import type { Bench } from "./bench.ts";
import type { Kind } from "./bench-client.ts";
import { type Engine, startEngine } from "./engine.ts";
import { figureRow, ratioRow, type Row } from "./row.ts";
import { fanOutOf, localSteps, pureSteps, sequenceOf, type Shape } from "./shapes.ts";
import { pairs } from "./statistics.ts";

const STEPS = 100;

/** An event more in a run of hundreds is its status. */
const SAME = 1.004;

interface Size {
  readonly events: number;
  readonly bytes: number;
}

/** Events and bytes of a history: of one more step, and of the whole against the hand-written workflow. */
export async function compareHistory({ server, pairs: count }: Bench): Promise<readonly Row[]> {
  const engine = await startEngine(server.address);
  const rows: Row[] = [];
  for (const [shape, one, most] of [
    [sequenceOf(STEPS), sequenceOf(1), 6],
    [fanOutOf(STEPS), fanOutOf(1), 3.25],
  ] as const) {
    const base = await sizeOf(engine, "plan", one);
    const found = await pairs(
      count,
      () => sizeOf(engine, "plan", shape),
      () => sizeOf(engine, "hand-written", shape),
    );
    rows.push(
      eventsRow(
        shape,
        found.map(({ a }) => perStep(a, base)),
        most,
      ),
      ratioRow(`events, ${shape.name}`, "hand-written", { values: ratios(found, "events"), atMost: SAME }),
      ratioRow(`bytes of history, ${shape.name}`, "hand-written", { values: ratios(found, "bytes"), atMost: 1.15 }),
    );
  }
  for (const [shape, one, most] of [
    [pureSteps(STEPS), pureSteps(2), 0],
    [localSteps(STEPS), localSteps(1), 1.1],
  ] as const) {
    const base = await sizeOf(engine, "plan", one);
    rows.push(eventsRow(shape, [perStep(await sizeOf(engine, "plan", shape), base)], most));
  }
  await engine.close();
  return rows;

  function perStep(whole: Size, base: Size): number {
    return (whole.events - base.events) / (STEPS - 1);
  }
}

function eventsRow(shape: Shape, values: readonly number[], most: number): Row {
  return figureRow(`events of one more step, ${shape.name}`, "", { values, unit: "", atMost: most });
}

function ratios(found: readonly { readonly a: Size; readonly b: Size }[], what: keyof Size): readonly number[] {
  return found.map(({ a, b }) => a[what] / b[what]);
}

async function sizeOf(engine: Engine, kind: Kind, shape: Shape): Promise<Size> {
  const run = await engine.runOne(kind, shape);
  const { historyLength, historySize } = await engine.client.connected.client.workflow.getHandle(run).describe();
  return { events: historyLength, bytes: historySize ?? Number.NaN };
}
