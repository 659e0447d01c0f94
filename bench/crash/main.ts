// `npm run crash -- --runs N [--seed S] [--restarts R] [--bare B] [--minutes M] [--source] [--json]`: kills workers, supervisors and the
// server while scenes run, and holds every run against the ledger. Exit 1 when a target is missed. See README.md.
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findTemporalCli } from "../../src/server/find-temporal-cli.ts";
import { runCampaign } from "./campaign.ts";
import { renderFigures, toFigures } from "./figures.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100" },
    restarts: { type: "string" },
    seed: { type: "string", default: "1" },
    minutes: { type: "string", default: "600" },
    bare: { type: "string" },
    source: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const kills = Number(values.runs);
const bareKills = Number(values.bare ?? Math.ceil(kills / 20));
const restarts = Number(values.restarts ?? Math.ceil((kills * 3) / 100));
const seed = Number(values.seed);
const limitMs = Number(values.minutes) * 60_000;
for (const number of [kills, bareKills, restarts, seed, limitMs]) {
  if (!Number.isSafeInteger(number) || number < 0) {
    console.error(
      "usage: npm run crash -- --runs N [--seed S] [--restarts R] [--bare B] [--minutes M] [--source] [--json]",
    );
    process.exit(2);
  }
}
const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const programs = values.source
  ? { cli: at("src/cli/main.ts"), worker: at("src/worker/worker-main.ts") }
  : { cli: at("dist/cli/main.js"), worker: at("dist/worker/worker-main.js") };
// Whoever works ends with this process: a worker with its supervisor, the server when nobody uses it.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
const say = (line: string) => console.error(line);

const { path: cli } = await findTemporalCli({ env: process.env, onProgress: say });
process.env["AIWORKFLOW_TEMPORAL_CLI"] = cli;
const plan = { seed, programs, say };
// The bare ones first: they are few, and a limit of time would leave them out.
const deadlineMs = Date.now() + limitMs;
const bare = await runCampaign({
  ...plan,
  kills: bareKills,
  restarts: 0,
  isSupervised: false,
  cancels: 0,
  deadlineMs: Date.now() + limitMs / 4,
});
const supervised = await runCampaign({
  ...plan,
  kills: kills - bareKills,
  restarts,
  isSupervised: true,
  cancels: 10,
  deadlineMs,
});
const figures = toFigures({ supervised, bare });
const about = { seed, node: process.version, cores: cpus().length, seconds: supervised.seconds + bare.seconds };
if (values.json) console.log(JSON.stringify({ about, figures, supervised, bare }, undefined, 2));
else console.log(renderFigures(figures, { supervised, bare }, about));
process.exit(figures.every(({ isMet }) => isMet) ? 0 : 1);
