import { setTimeout as sleep } from "node:timers/promises";
import type { Crew } from "./crew.ts";
import type { Fleet } from "./fleet.ts";
import type { Ledger } from "./ledger.ts";
import type { Random } from "./random.ts";
import type { Death } from "./recovery.ts";

/** What a strike works on. */
export interface Battlefield {
  readonly crew: Crew;
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  readonly random: Random;
  /** Pid of the Temporal server. */
  serverPid(): number | undefined;
}

/** What a strike did. */
export interface Struck {
  readonly kind: StrikeKind;
  /** Workers killed. */
  readonly kills: number;
  /** Present where workers died: whose recovery is to be waited for. */
  readonly death?: Death;
  /** When somebody could first go on, if not at the death. */
  readonly fromMs?: number;
}

/** Kinds of strikes, see README.md. */
export type StrikeKind = keyof typeof strikes;

/** How often each happens where a supervisor looks after the worker. */
export const SUPERVISED: Readonly<Record<string, number>> = {
  kill: 80,
  "kill twice": 5,
  "stop a moment": 4,
  "stop for long": 0.7,
  blackout: 5,
  "kill supervisor": 2,
};
/** And where nobody does. */
export const BARE: Readonly<Record<string, number>> = { kill: 80, "stop a moment": 5, "stop for long": 15 };

const STOP_FOR_LONG_MS = 13_000;

const strikes = {
  async kill({ crew, random }: Battlefield) {
    return { kills: 1, death: killOne(crew, random) };
  },
  /** The next worker dies as it starts, or just after. */
  async "kill twice"({ crew, random }: Battlefield) {
    const first = killOne(crew, random);
    await sleep(random.between(300, 1200));
    const second = killOne(crew, random);
    return { kills: 2, death: { workers: new Set([...first.workers, ...second.workers]), atMs: second.atMs } };
  },
  async "stop a moment"({ crew, random }: Battlefield) {
    const pid = random.pick(crew.workers());
    signal(pid, "SIGSTOP");
    await sleep(random.between(500, 3500));
    signal(pid, "SIGCONT");
    return { kills: 0 };
  },
  /** For longer than heartbeats may be away: others take over, then it goes on, if it lives. */
  async "stop for long"({ crew, random }: Battlefield) {
    const pid = random.pick(crew.workers());
    signal(pid, "SIGSTOP");
    await sleep(STOP_FOR_LONG_MS);
    signal(pid, "SIGCONT");
    return { kills: 0 };
  },
  /** Supervisor and worker at once; votes are given while nobody works. */
  async blackout({ crew, fleet, random }: Battlefield) {
    const workers = new Set(crew.workers());
    signal(crew.supervisor(), "SIGKILL");
    for (const pid of workers) signal(pid, "SIGKILL");
    const atMs = Date.now();
    await fleet.voteNow();
    await sleep(random.between(100, 800));
    crew.restore();
    return { kills: workers.size, death: { workers, atMs }, fromMs: Date.now() };
  },
  /** The worker notices, and stops as if told to. */
  async "kill supervisor"({ crew, random }: Battlefield) {
    signal(crew.supervisor(), "SIGKILL");
    await sleep(random.between(50, 1500));
    crew.restore();
    return { kills: 0 };
  },
  async "kill server"({ fleet, serverPid }: Battlefield) {
    const starts = [fleet.start(), fleet.start(), fleet.start()];
    await Promise.race(starts);
    signal(serverPid(), "SIGKILL");
    await Promise.all(starts);
    return { kills: 0 };
  },
};

/** Strikes once, at a moment that the seed chooses: at any time, or when a step begins, acts, ends or is undone. */
export async function strike(field: Battlefield, kind: StrikeKind): Promise<Struck> {
  await awaitMoment(field);
  const struck = await strikes[kind](field);
  return { kind, ...struck };
}

async function awaitMoment({ ledger, random }: Battlefield): Promise<void> {
  const moment = random.weigh({ any: 3, begin: 3, effect: 2, end: 3, undo: 1 });
  if (moment !== "any") {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, 1500);
      const unwatch = ledger.watch(({ what, step }) => {
        if (moment === "undo" ? step.startsWith("undo-") : what === moment) done();
      });
      function done(): void {
        clearTimeout(timer);
        unwatch();
        resolve();
      }
    });
  }
  await sleep(random.pick([0, 0, random.between(0, 20), random.between(0, 120)]));
}

function killOne(crew: Crew, random: Random): Death {
  const living = crew.workers();
  const workers = new Set(living.length === 0 ? [] : [random.pick(living)]);
  for (const pid of workers) signal(pid, "SIGKILL");
  return { workers, atMs: Date.now() };
}

function signal(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, name);
  } catch {
    // It has died meanwhile.
  }
}
