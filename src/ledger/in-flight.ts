import type { Ledger } from "./open-ledger.ts";

/** Schema of the calls under way. */
export const IN_FLIGHT_TABLE = `CREATE TABLE IF NOT EXISTS in_flight (
  id TEXT PRIMARY KEY, agent TEXT NOT NULL, endpoint TEXT NOT NULL, is_probe INTEGER NOT NULL, until_ms INTEGER NOT NULL
) STRICT`;

/** A call under way, or one that a choice has promised. Counts until `untilMs`, so that those of killed workers end. */
export interface Flight {
  readonly id: string;
  readonly agent: string;
  readonly endpoint: string;
  /** It tries whether an API is back. */
  readonly isProbe: boolean;
  readonly untilMs: number;
}

/** Notes a call; another attempt of the same one takes its place. */
export function enterFlight({ db }: Ledger, { id, agent, endpoint, isProbe, untilMs }: Flight): void {
  db.prepare("INSERT OR REPLACE INTO in_flight VALUES (?, ?, ?, ?, ?)").run(
    id,
    agent,
    endpoint,
    isProbe ? 1 : 0,
    untilMs,
  );
}

/** Says that a call goes on. */
export function renewFlight({ db }: Ledger, id: string, untilMs: number): void {
  db.prepare("UPDATE in_flight SET until_ms = ? WHERE id = ?").run(untilMs, id);
}

/** The call has ended. */
export function leaveFlight({ db }: Ledger, id: string): void {
  db.prepare("DELETE FROM in_flight WHERE id = ?").run(id);
}

/** Calls of an agent under way over all workers; `but` is not counted. */
export function countInFlight({ db }: Ledger, agent: string, { nowMs, but = "" }: FlightCount): number {
  const row = db
    .prepare("SELECT COUNT(*) AS n FROM in_flight WHERE agent = ? AND until_ms > ? AND id <> ?")
    .get(agent, nowMs, but);
  return row?.["n"] as number;
}

/** Probes of an API under way. */
export function countProbes({ db }: Ledger, endpoint: string, { nowMs, but = "" }: FlightCount): number {
  const row = db
    .prepare("SELECT COUNT(*) AS n FROM in_flight WHERE endpoint = ? AND is_probe = 1 AND until_ms > ? AND id <> ?")
    .get(endpoint, nowMs, but);
  return row?.["n"] as number;
}

/** Forgets calls whose worker is gone. */
export function dropDeadFlights({ db }: Ledger, nowMs: number): void {
  db.prepare("DELETE FROM in_flight WHERE until_ms <= ?").run(nowMs);
}

/** Which calls count. */
export interface FlightCount {
  readonly nowMs: number;
  readonly but?: string;
}
