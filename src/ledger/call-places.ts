import type { Ledger } from "./open-ledger.ts";

/** Schema of the places: who makes calls of what now, and when the last ones began. */
export const CALL_PLACES_TABLE = `
CREATE TABLE IF NOT EXISTS call_places (
  name TEXT NOT NULL, holder TEXT NOT NULL, until_ms INTEGER NOT NULL, PRIMARY KEY (name, holder)
) STRICT;
CREATE TABLE IF NOT EXISTS call_times (name TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS call_times_by_name ON call_times (name, at_ms)`;

/** How many calls of something there may be, by all workers together. */
export interface CallLimit {
  readonly name: string;
  readonly concurrency?: number;
  readonly perMinute?: number;
}

/** How long a place is held without a sign of life of its holder. */
export const PLACE_LEASE_MS = 10_000;
const MINUTE_MS = 60_000;
/** When to look again for a place that somebody holds. */
const LOOK_AGAIN_MS = 100;

/** Takes a place of each, or none: gives the milliseconds after which to ask again, 0 where they are taken. */
export function takeCallPlaces(
  ledger: Ledger,
  limits: readonly CallLimit[],
  { holder, nowMs }: { readonly holder: string; readonly nowMs: number },
): number {
  return ledger.atomically(() => {
    const waits = limits.map((limit) => waitFor(ledger, limit, nowMs));
    const waitMs = Math.max(0, ...waits);
    if (waitMs > 0) return waitMs;
    for (const { name, concurrency, perMinute } of limits) {
      if (concurrency !== undefined)
        ledger.db.prepare("INSERT INTO call_places VALUES (?, ?, ?)").run(name, holder, nowMs + PLACE_LEASE_MS);
      if (perMinute !== undefined) ledger.db.prepare("INSERT INTO call_times VALUES (?, ?)").run(name, nowMs);
    }
    return 0;
  });
}

/** Says that the holder lives. */
export function keepCallPlaces({ db }: Ledger, holder: string, nowMs: number): void {
  db.prepare("UPDATE call_places SET until_ms = ? WHERE holder = ?").run(nowMs + PLACE_LEASE_MS, holder);
}

/** Gives the holder's places to others. */
export function freeCallPlaces({ db }: Ledger, holder: string): void {
  db.prepare("DELETE FROM call_places WHERE holder = ?").run(holder);
}

function waitFor({ db }: Ledger, { name, concurrency, perMinute }: CallLimit, nowMs: number): number {
  let waitMs = 0;
  if (concurrency !== undefined) {
    db.prepare("DELETE FROM call_places WHERE name = ? AND until_ms < ?").run(name, nowMs);
    const row = db.prepare("SELECT count(*) AS held FROM call_places WHERE name = ?").get(name);
    if (Number(row?.["held"]) >= concurrency) waitMs = LOOK_AGAIN_MS;
  }
  if (perMinute !== undefined) {
    db.prepare("DELETE FROM call_times WHERE name = ? AND at_ms <= ?").run(name, nowMs - MINUTE_MS);
    const row = db
      .prepare("SELECT at_ms FROM call_times WHERE name = ? ORDER BY at_ms DESC LIMIT 1 OFFSET ?")
      .get(name, perMinute - 1);
    if (row !== undefined) waitMs = Math.max(waitMs, Number(row["at_ms"]) + MINUTE_MS - nowMs);
  }
  return waitMs;
}
