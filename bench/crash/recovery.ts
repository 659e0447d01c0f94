import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet } from "./fleet.ts";
import type { Entry, Ledger } from "./ledger.ts";

/** Where a death hit a run: in a step, or between two (no step named). */
export interface Hit {
  readonly run: string;
  readonly step?: string;
}

/** How long it took until the run went on. */
export interface Recovery extends Hit {
  readonly ms: number;
}

/** When whose death was. */
export interface Death {
  readonly workers: ReadonlySet<number>;
  readonly atMs: number;
}

/** A step that ended this long ago: the run must be about to begin the next one. */
const JUST_NOW_MS = 150;
const PATIENCE_MS = 30_000;

/**
 * Waits until every run that the death has hit goes on: the step begins again (between steps: any step begins), or the run
 * has ended. Counts from `fromMs`, when somebody could first go on.
 */
export async function awaitRecovery(
  { ledger, fleet }: { readonly ledger: Ledger; readonly fleet: Fleet },
  death: Death,
  fromMs: number,
): Promise<readonly Recovery[]> {
  const recoveries: Recovery[] = [];
  let hits = [...fleet.open.values()].flatMap(({ run, scene }) =>
    findHits(ledger.of(run), death, scene.isSteady).map((step) => ({ run, step })),
  );
  const deadline = Date.now() + PATIENCE_MS;
  while (hits.length > 0) {
    const isLate = Date.now() > deadline;
    hits = hits.filter((hit) => {
      const at = isLate ? fromMs + PATIENCE_MS : wentOnAt(hit, { ledger, fleet }, death);
      if (at === undefined) return true;
      recoveries.push({ ...hit, ms: Math.max(0, at - fromMs) });
      return false;
    });
    await sleep(10);
  }
  return recoveries;
}

/** Waits until some step has ended after the death: where nothing ever gets done, nothing but the machine is tested. */
export async function awaitProgress(ledger: Ledger, { workers, atMs }: Death): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  const isDone = ({ what, atMs: at, worker }: Entry) => what === "end" && at > atMs && !workers.has(worker);
  while (!ledger.entries.slice(-50).some(isDone) && Date.now() < deadline) await sleep(20);
}

function findHits(
  entries: readonly Entry[],
  { workers, atMs }: Death,
  isSteady: boolean,
): readonly (string | undefined)[] {
  const own = entries.filter((entry) => workers.has(entry.worker) && entry.atMs <= atMs);
  const over = new Set(own.filter(({ what }) => what === "tried").map(({ by }) => by));
  // Of two workers that died the second may have ended what the first had begun.
  const ended = new Set(own.filter(({ what }) => what === "end").map(({ step }) => step));
  const begun = own.filter(({ what, by, step }) => what === "begin" && !over.has(by) && !ended.has(step));
  if (begun.length > 0) return [...new Set(begun.map(({ step }) => step))];
  const last = entries.at(-1);
  const isBetween = isSteady && last?.what === "end" && workers.has(last.worker) && atMs - last.atMs < JUST_NOW_MS;
  return isBetween ? [undefined] : [];
}

function wentOnAt(
  { run, step }: Hit,
  { ledger, fleet }: { readonly ledger: Ledger; readonly fleet: Fleet },
  { workers, atMs }: Death,
): number | undefined {
  const next = ledger.of(run).find((entry) => {
    const isNew = entry.what === "begin" && entry.atMs > atMs && !workers.has(entry.worker);
    return isNew && (step === undefined || entry.step === step);
  });
  if (next !== undefined) return next.atMs;
  const closedAt = fleet.ended.find((report) => report.run === run)?.closedAt;
  return closedAt == null ? undefined : Date.parse(closedAt);
}
