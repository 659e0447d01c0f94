import type { Ledger } from "./open-ledger.ts";

/** Schema of the places: who makes calls of what now. */
export const PLACES_TABLE = `CREATE TABLE IF NOT EXISTS call_places (
  name TEXT NOT NULL, holder TEXT NOT NULL, until_ms INTEGER NOT NULL, PRIMARY KEY (name, holder)
) STRICT`;

/** How long a place is held without a sign of life of its holder: that of a killed worker is free again then. */
export const PLACE_LEASE_MS = 10_000;
/** How often a holder has to show that it lives. */
export const KEEP_PLACE_EVERY_MS = PLACE_LEASE_MS / 4;

/** Takes a place, or goes on holding it. */
export function takePlace(
  { db }: Ledger,
  name: string,
  { holder, untilMs }: { readonly holder: string; readonly untilMs: number },
): void {
  db.prepare("INSERT OR REPLACE INTO call_places VALUES (?, ?, ?)").run(name, holder, untilMs);
}

/** Says that the holder lives. */
export function keepPlaces({ db }: Ledger, holder: string, nowMs: number): void {
  db.prepare("UPDATE call_places SET until_ms = ? WHERE holder = ?").run(nowMs + PLACE_LEASE_MS, holder);
}

/** Gives the holder's places to others. */
export function freePlaces({ db }: Ledger, holder: string): void {
  db.prepare("DELETE FROM call_places WHERE holder = ?").run(holder);
}

/** Places of a name that are held over all workers; that of `but` is not counted. */
export function countPlaces(
  { db }: Ledger,
  name: string,
  { nowMs, but = "" }: { readonly nowMs: number; readonly but?: string },
): number {
  const row = db
    .prepare("SELECT count(*) AS held FROM call_places WHERE name = ? AND until_ms > ? AND holder <> ?")
    .get(name, nowMs, but);
  return row?.["held"] as number;
}

/** Forgets places whose holder is gone. */
export function dropDeadPlaces({ db }: Ledger, nowMs: number): void {
  db.prepare("DELETE FROM call_places WHERE until_ms <= ?").run(nowMs);
}

/** Names of the places of an agent's calls, and of the calls that try whether an API is back. */
export const agentPlace = (agent: string): string => `agent ${agent}`;
export const probePlace = (endpoint: string): string => `probe ${endpoint}`;
