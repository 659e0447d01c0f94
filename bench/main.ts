// `npm run bench [-- --quick --pairs N --only GROUP --json]`: every figure is taken in this one run, ratios pair by pair in
// alternating order. Each `compare-*.ts` measures a group of rows.
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { findTemporalCli } from "../src/server/find-temporal-cli.ts";
import type { Bench } from "./bench.ts";
import { compareAgents } from "./compare-agents.ts";
import { compareCommands } from "./compare-commands.ts";
import { compareCompiler } from "./compare-compiler.ts";
import { compareEngines } from "./compare-engines.ts";
import { compareFast } from "./compare-fast.ts";
import { compareHistory } from "./compare-history.ts";
import { compareMemory } from "./compare-memory.ts";
import { compareOthers } from "./compare-others.ts";
import { compareReplay } from "./compare-replay.ts";
import { compareServers } from "./compare-servers.ts";
import { compareStart } from "./compare-start.ts";
import { compareTools } from "./compare-tools.ts";
import { renderTable, type Row } from "./row.ts";
import { startOurs } from "./servers.ts";

/** In the order of the table. */
const GROUPS: Readonly<Record<string, (bench: Bench) => Promise<readonly Row[]>>> = {
  engine: compareEngines,
  history: compareHistory,
  replay: compareReplay,
  memory: compareMemory,
  start: compareStart,
  commands: compareCommands,
  fast: compareFast,
  compiler: compareCompiler,
  server: compareServers,
  tools: compareTools,
  agents: compareAgents,
  others: compareOthers,
};

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    json: { type: "boolean" },
    pairs: { type: "string" },
    only: { type: "string", multiple: true },
  },
});
const quick = values.quick ?? false;
const wanted = values.only ?? Object.keys(GROUPS);
const unknown = wanted.filter((name) => !Object.hasOwn(GROUPS, name));
if (unknown.length > 0) {
  console.error(`--only ${unknown.join(", ")}: the groups are ${Object.keys(GROUPS).join(", ")}`);
  process.exit(2);
}
const { path: cliPath } = await findTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
const server = await startOurs(cliPath);
const bench: Bench = { server, cliPath, pairs: Number(values.pairs ?? (quick ? 3 : 11)), scale: quick ? 4 : 1 };
const rows: Row[] = [];
try {
  if (["start", "commands", "agents"].some((name) => wanted.includes(name)))
    execFileSync("npm", ["run", "--silent", "build"], { stdio: ["ignore", "ignore", "inherit"] });
  for (const name of wanted) {
    const found = await GROUPS[name]?.(bench);
    for (const row of found ?? []) {
      console.error(`${row.met ? "✔" : "✘"} ${row.what} · ${row.against} · ${row.figure} (${row.target})`);
      rows.push(row);
    }
  }
} finally {
  await server.close();
}
const about = { node: process.version, cores: cpus().length, pairs: bench.pairs, quick };
console.log(
  values.json ? JSON.stringify({ about, rows }, undefined, 2) : `${renderTable(rows)}\n\n${JSON.stringify(about)}`,
);
process.exit(0);
