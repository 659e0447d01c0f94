// A limit over the end of its period: the worker's clock, and nothing else, is put shortly before midnight.
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSupervisedWorker, type SupervisedWorker } from "../../src/worker/supervisor.ts";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { type PaidApi, startPaidApi, USD_A_CALL } from "./paid-api.ts";

const DAY_MS = 86_400_000;
/** Long enough for what happens before midnight on a busy machine. */
const BEFORE_MIDNIGHT_MS = 30_000;

let api: PaidApi;
let project: TestProject;
let worker: SupervisedWorker;
let midnightMs: number;
const before = { NODE_OPTIONS: process.env["NODE_OPTIONS"], CLOCK_AHEAD_MS: process.env["CLOCK_AHEAD_MS"] };

beforeAll(async () => {
  process.env["NEXT_PERIOD_KEY"] = "sk-none";
  api = await startPaidApi();
  const agent = `{ kind: anthropic, base-url: "${api.url}", api-key-env: NEXT_PERIOD_KEY, model: claude-sonnet-5-5, max-tokens: 1000 }`;
  project = await openProject({
    "aiworkflow.yaml": `agent: paid\nagents: { paid: ${agent} }\nlimits: { daily: { usd: 0.2, period: day, on-limit: queue } }\n`,
  });
  await project.worker.stop();
  midnightMs = (Math.floor(Date.now() / DAY_MS) + 1) * DAY_MS;
  process.env["CLOCK_AHEAD_MS"] = String(midnightMs - BEFORE_MIDNIGHT_MS - Date.now());
  process.env["NODE_OPTIONS"] = `--import ${pathToFileURL(resolve("test/costs/shifted-clock.mjs")).href}`;
  const { address, namespace } = project.connected.target;
  worker = startSupervisedWorker({
    address,
    namespace,
    projectDir: project.dir,
    stateDir: join(project.dir, ".aiworkflow"),
  });
  await worker.ready;
});
afterAll(async () => {
  for (const [name, value] of Object.entries(before))
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  await worker.stop();
  await project.close();
  await api.close();
});

interface Standing {
  readonly spentUsd: number;
  readonly resetsAt: string;
}
const standing = async () => {
  const { stdout } = await runCommand(project.dir, "costs", "budget", "--json");
  return (JSON.parse(stdout) as { budgets: Standing[] }).budgets[0] as Standing;
};

test("a call that waits for the next day is made by itself when that begins, and not before", async () => {
  const ask = "## Ask\nSay something.\n";
  expect((await project.run(ask)).status).toBe("completed");
  expect(api.calls).toHaveLength(1);
  const midnight = new Date(midnightMs).toISOString();
  expect(await standing()).toMatchObject({ spentUsd: expect.closeTo(USD_A_CALL, 9), resetsAt: midnight });

  const run = await project.start(ask);
  const waiting = await project.reportWhen(run, ({ status }) => status === "waiting");
  expect(waiting.notices.join("\n")).toContain(`waits for ${midnight}`);
  expect(api.calls).toHaveLength(1);

  const report = await project.follow(run);
  const endedMs = Date.now() + Number(process.env["CLOCK_AHEAD_MS"]);
  expect(report).toMatchObject({ status: "completed", error: null });
  expect(report.steps[0]).toMatchObject({ status: "completed", attempts: 1 });
  expect(endedMs).toBeGreaterThanOrEqual(midnightMs);
  expect(api.calls).toHaveLength(2);
  expect(await standing()).toMatchObject({
    spentUsd: expect.closeTo(USD_A_CALL, 9),
    resetsAt: new Date(midnightMs + DAY_MS).toISOString(),
  });
}, 120_000);
