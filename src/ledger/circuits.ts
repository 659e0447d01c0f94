import { type Circuit, NEW_CIRCUIT } from "../plan/circuit.ts";
import type { Ledger } from "./open-ledger.ts";

/** Schema of the breakers, one a model API. */
export const CIRCUITS_TABLE = `CREATE TABLE IF NOT EXISTS circuits (
  endpoint TEXT PRIMARY KEY, state TEXT NOT NULL, failures INTEGER NOT NULL, successes INTEGER NOT NULL,
  opened_at_ms INTEGER, checked_at_ms INTEGER, latency_ms INTEGER, error_code TEXT, error_message TEXT
) STRICT`;

/** What is known of an API; of one that was never called, nothing. */
export function readCircuit({ db }: Ledger, endpoint: string): Circuit {
  const row = db.prepare("SELECT * FROM circuits WHERE endpoint = ?").get(endpoint);
  if (row === undefined) return NEW_CIRCUIT;
  const code = row["error_code"] as string | null;
  return {
    state: row["state"] as Circuit["state"],
    failures: row["failures"] as number,
    successes: row["successes"] as number,
    openedAtMs: row["opened_at_ms"] as number | null,
    checkedAtMs: row["checked_at_ms"] as number | null,
    latencyMs: row["latency_ms"] as number | null,
    error: code === null ? null : { code, message: row["error_message"] as string },
  };
}

/** Writes what is known of an API now; together with `readCircuit` inside `atomically`. */
export function writeCircuit({ db }: Ledger, endpoint: string, circuit: Circuit): void {
  const { state, failures, successes, openedAtMs, checkedAtMs, latencyMs, error } = circuit;
  db.prepare("INSERT OR REPLACE INTO circuits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
    endpoint,
    state,
    failures,
    successes,
    openedAtMs,
    checkedAtMs,
    latencyMs,
    error?.code ?? null,
    error?.message ?? null,
  );
}
