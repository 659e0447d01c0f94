import { rmSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectClient } from "../../src/client/connect-client.ts";
import { useEmbeddedServer } from "../../src/server/embedded-server.ts";
import { readServerNote } from "../../src/server/server-note.ts";
import { bareCrew, type Programs, superviseCrew } from "./crew.ts";
import { openFleet } from "./fleet.ts";
import type { Finding } from "./judge.ts";
import { openLedger } from "./ledger.ts";
import { measureCancels } from "./measure-cancels.ts";
import { createFolder, openProject } from "./open-project.ts";
import { createRandom } from "./random.ts";
import { awaitProgress, awaitRecovery, type Recovery } from "./recovery.ts";
import { createScenes } from "./scenes.ts";
import { BARE, strike, type StrikeKind, SUPERVISED } from "./strikes.ts";
import { findLeftOver, watchOrphans } from "./watch-orphans.ts";

/** What to do. */
export interface CampaignOptions {
  readonly seed: number;
  /** Workers to kill. */
  readonly kills: number;
  /** Restarts of the server, spread over the kills. */
  readonly restarts: number;
  /** Strikes no more after this moment, however few there were. */
  readonly deadlineMs: number;
  readonly isSupervised: boolean;
  readonly programs: Programs;
  /** Cancels to measure before anything is killed. */
  readonly cancels: number;
  readonly say: (line: string) => void;
}

/** What came of it. */
export interface CampaignResult {
  readonly kills: number;
  readonly restarts: number;
  /** Strikes by kind. */
  readonly strikes: Readonly<Record<string, number>>;
  readonly accepted: number;
  readonly ended: number;
  readonly unknown: number;
  /** Effects called by more than one attempt: allowed, and applied once. */
  readonly calledAgain: number;
  readonly findings: readonly Finding[];
  readonly orphans: readonly string[];
  readonly leftOver: readonly string[];
  readonly recoveries: readonly (Recovery & { readonly kind: StrikeKind })[];
  /** Supervisors that ended though nobody had killed them. */
  readonly gaveUp: number;
  readonly cancelMs: readonly number[];
  readonly seconds: number;
  /** One-minute load of the machine, beginning, middle and end. */
  readonly load: readonly number[];
}

const WIDTH = 5;

/** Runs scenes and strikes at those who work on them until enough workers have been killed. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { seed, kills: wanted, restarts: wantedRestarts, isSupervised, programs, say } = options;
  const startedMs = Date.now();
  const load = [loadavg()[0] as number];
  const random = createRandom(seed);
  const dir = createFolder();
  const ledger = await openLedger(join(dir, "ledger.jsonl"));
  const scenes = createScenes(ledger.url);
  const project = openProject(dir, ledger.url, scenes);
  const { stateDir } = project;
  const server = await useEmbeddedServer({ stateDir });
  const target = { address: server.address, namespace: server.namespace };
  const connected = await connectClient(target);
  const crew = (isSupervised ? superviseCrew : bareCrew)(programs, { ...target, projectDir: dir, stateDir });
  crew.restore();
  const orphans = watchOrphans(`LEDGER=${ledger.url}`, crew.workers);
  const cancelMs = await measureCancels({ connected, project, ledger }, options.cancels);
  const fleet = openFleet({ connected, project, ledger }, { scenes, width: WIDTH, random });
  const field = { crew, fleet, ledger, random, serverPid: () => readServerNote(stateDir)?.pid };

  let kills = 0;
  let restarts = 0;
  let gaveUp = 0;
  const count: Record<string, number> = {};
  const recoveries: (Recovery & { readonly kind: StrikeKind })[] = [];
  const one = async (kind: StrikeKind) => {
    const struck = await strike(field, kind);
    kills += struck.kills;
    count[kind] = (count[kind] ?? 0) + 1;
    if (!isSupervised) crew.restore();
    if (struck.death === undefined) return;
    const [found] = await Promise.all([
      awaitRecovery(field, struck.death, struck.fromMs ?? struck.death.atMs),
      awaitProgress(ledger, struck.death),
    ]);
    recoveries.push(...found.map((recovery) => ({ ...recovery, kind })));
    for (const slow of found.filter(({ ms }) => ms > 4000)) say(`slow: ${JSON.stringify({ kind, ...slow })}`);
  };
  const isDone = () => Date.now() > options.deadlineMs || (kills >= wanted && restarts >= wantedRestarts);
  while (!isDone()) {
    while (crew.workers().length === 0) {
      if (crew.restore()) gaveUp += 1;
      await sleep(20);
    }
    if (restarts * wanted < kills * wantedRestarts || (kills >= wanted && restarts < wantedRestarts)) {
      restarts += 1;
      await one("kill server");
    } else await one(random.weigh(isSupervised ? SUPERVISED : BARE) as StrikeKind);
    await sleep(random.between(50, 500));
    const total = kills + restarts;
    if (total % 20 === 0)
      say(
        `${kills} kills, ${restarts} restarts, ${fleet.ended.length} runs, ${fleet.findings.length} findings, load ${loadavg()[0]?.toFixed(1)}`,
      );
    if (load.length === 1 && kills >= wanted / 2) load.push(loadavg()[0] as number);
  }
  for (const { fault, run, text } of fleet.findings) say(`${fault}: ${run}: ${text}`);
  await fleet.finish();
  await sleep(2500);
  orphans.stop();
  await crew.stop();
  await connected.close();
  server.release();
  ledger.close();
  const leftOver = await leftOverAfter(dir);
  load.push(loadavg()[0] as number);
  if (fleet.findings.length === 0) rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  else say(`kept for a look: ${dir}`);

  const attempts = new Map<string, Set<string>>();
  for (const { tag, step, what, by } of ledger.entries) {
    if (what !== "effect") continue;
    const place = `${tag}/${step}`;
    attempts.set(place, (attempts.get(place) ?? new Set()).add(by));
  }
  return {
    kills,
    restarts,
    strikes: count,
    accepted: fleet.accepted(),
    ended: fleet.ended.length,
    unknown: fleet.ended.filter(({ status }) => status === "outcome-unknown").length,
    calledAgain: [...attempts.values()].filter(({ size }) => size > 1).length,
    findings: fleet.findings,
    orphans: orphans.found,
    leftOver,
    recoveries,
    gaveUp,
    cancelMs,
    seconds: Math.round((Date.now() - startedMs) / 1000),
    load,
  };
}

/** Processes that stay though everything has been stopped; the server takes a moment. */
async function leftOverAfter(dir: string): Promise<readonly string[]> {
  for (let tries = 0; tries < 50 && findLeftOver(dir).length > 0; tries += 1) await sleep(200);
  return findLeftOver(dir);
}
