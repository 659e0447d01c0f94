import type { Ledger } from "./open-ledger.ts";
import { countPlaces, dropDeadPlaces, PLACE_LEASE_MS, takePlace } from "./places.ts";

/** Schema of the calls of the last minute. */
export const CALL_TIMES_TABLE = `
CREATE TABLE IF NOT EXISTS call_times (name TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS call_times_by_name ON call_times (name, at_ms)`;

/** How many calls of something there may be, by all workers together. */
export interface CallLimit {
  readonly name: string;
  readonly concurrency?: number;
  readonly perMinute?: number;
}

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
    dropDeadPlaces(ledger, nowMs);
    const waits = limits.map((limit) => waitFor(ledger, limit, nowMs));
    const waitMs = Math.max(0, ...waits);
    if (waitMs > 0) return waitMs;
    for (const { name, concurrency, perMinute } of limits) {
      if (concurrency !== undefined) takePlace(ledger, name, { holder, untilMs: nowMs + PLACE_LEASE_MS });
      if (perMinute !== undefined) ledger.db.prepare("INSERT INTO call_times VALUES (?, ?)").run(name, nowMs);
    }
    return 0;
  });
}

function waitFor(ledger: Ledger, { name, concurrency, perMinute }: CallLimit, nowMs: number): number {
  const { db } = ledger;
  let waitMs = 0;
  if (concurrency !== undefined && countPlaces(ledger, name, { nowMs }) >= concurrency) waitMs = LOOK_AGAIN_MS;
  if (perMinute !== undefined) {
    db.prepare("DELETE FROM call_times WHERE name = ? AND at_ms <= ?").run(name, nowMs - MINUTE_MS);
    const row = db
      .prepare("SELECT at_ms FROM call_times WHERE name = ? ORDER BY at_ms DESC LIMIT 1 OFFSET ?")
      .get(name, perMinute - 1);
    if (row !== undefined) waitMs = Math.max(waitMs, Number(row["at_ms"]) + MINUTE_MS - nowMs);
  }
  return waitMs;
}
