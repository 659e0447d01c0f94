// `npm run bench [-- --quick --pairs N --json]`: every figure is taken in this one run, ratios pair by pair in alternating
// order. `engine.ts` compares the interpreter with a hand-written workflow, `command-line.ts` measures start-up.
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { findTemporalCli } from "../src/server/find-temporal-cli.ts";
import { measureCommands, measureWorkerStart } from "./command-line.ts";
import { startEngine } from "./engine.ts";
import { ratioRow, renderTable, type Row, timeRow } from "./row.ts";
import { startOurs, startStock } from "./servers.ts";
import { createShapes, type Shape } from "./shapes.ts";
import { pairs } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    json: { type: "boolean" },
    pairs: { type: "string" },
    only: { type: "string" },
  },
});
const quick = values.quick ?? false;
const count = Number(values.pairs ?? (quick ? 3 : 11));
const wanted = (part: string) => values.only === undefined || values.only === part;
const rows: Row[] = [];
const add = (...more: readonly Row[]) => {
  rows.push(...more);
  for (const row of more)
    console.error(`${row.met ? "✔" : "✘"} ${row.what} against ${row.against}: ${row.figure} (${row.target})`);
};

const { path: cliPath } = await findTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
const shapes = createShapes(quick);
const server = await startOurs(cliPath);
try {
  if (wanted("engine")) await compareEngines();
  if (wanted("server")) await compareServers();
  if (wanted("start")) {
    execFileSync("npm", ["run", "--silent", "build"], { stdio: ["ignore", "ignore", "inherit"] });
    add(...(await measureWorkerStart(server.address, count)));
    add(...(await measureCommands(server.address, count)));
  }
} finally {
  await server.close();
}
const about = { node: process.version, cores: cpus().length, pairs: count, quick };
console.log(
  values.json ? JSON.stringify({ about, rows }, undefined, 2) : `${renderTable(rows)}\n\n${JSON.stringify(about)}`,
);
process.exit(0);

/** Our plan against the hand-written workflow: how much faster or slower, in time and in processor time. */
async function compareEngines(): Promise<void> {
  const engine = await startEngine(server.address);
  for (const shape of shapes) {
    const plan = () => engine.runPlan(shape);
    const hand = () => engine.runHandWritten(shape);
    await pairs(2, plan, hand);
    const found = await pairs(count, plan, hand);
    add(ratioRow(shape.name, "hand-written, time", { ratios: found.map(({ a, b }) => b.ms / a.ms), target: 0.95 }));
    add(ratioRow(shape.name, "hand-written, CPU", { ratios: found.map(({ a, b }) => b.cpuMs / a.cpuMs), target: 0.9 }));
  }
  await engine.close();
}

/** A sequential step on a server with our settings, and on one as it comes. */
async function compareServers(): Promise<void> {
  const [shape] = shapes as readonly [Shape];
  const stock = await startStock(cliPath);
  try {
    const [here, there] = [await startEngine(server.address), await startEngine(stock.address)];
    await pairs(
      1,
      () => here.runPlan(shape),
      () => there.runPlan(shape),
    );
    const found = await pairs(
      Math.min(count, 5),
      () => here.runPlan(shape),
      () => there.runPlan(shape),
    );
    const perStep = found.map(({ a }) => a.ms / shape.steps);
    add(timeRow("a sequential step", "our server settings, file database", { ms: perStep, target: 15 }));
    add(
      ratioRow("a sequential step", "stock `start-dev`", { ratios: found.map(({ a, b }) => b.ms / a.ms), target: 4 }),
    );
    await here.close();
    await there.close();
  } finally {
    await stock.close();
  }
}
