// What all workers of a store remember together: model calls that are paid for or under way, money set aside, limits, the health
// of agents, breakers, rates, choices, places for calls, tool calls of programs. One SQLite file beside the artifacts; one file a table, which gives
// its schema to `TABLES` and functions over it to everybody. Imports plan and `node:`. Start here.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ALERTS_TABLE } from "./alerts.ts";
import { CALL_TIMES_TABLE } from "./call-limits.ts";
import { CALLS_TABLE, updateCalls } from "./calls.ts";
import { CHOICES_TABLE } from "./choices.ts";
import { CIRCUITS_TABLE } from "./circuits.ts";
import { DAYS_TABLE } from "./days.ts";
import { HEALTH_TABLE } from "./health.ts";
import { LIMITS_TABLE } from "./limits.ts";
import { PLACES_TABLE } from "./places.ts";
import { PROGRAM_CALLS_TABLE, updateProgramCalls } from "./program-calls.ts";
import { RAISES_TABLE } from "./raises.ts";
import { RESERVATIONS_TABLE } from "./reservations.ts";
import { BUDGETS_TABLE } from "./seen-budgets.ts";
import { TURNS_TABLE } from "./turns.ts";

/** An open ledger. Calls are synchronous and short. */
export interface Ledger {
  readonly db: DatabaseSync;
  /** Reads and writes as one step that no other process comes between. */
  atomically<T>(work: () => T): T;
  close(): void;
}

/** `CREATE … IF NOT EXISTS` of every table. */
const TABLES: readonly string[] = [
  CALLS_TABLE,
  DAYS_TABLE,
  RESERVATIONS_TABLE,
  LIMITS_TABLE,
  RAISES_TABLE,
  BUDGETS_TABLE,
  ALERTS_TABLE,
  HEALTH_TABLE,
  CIRCUITS_TABLE,
  TURNS_TABLE,
  CHOICES_TABLE,
  PLACES_TABLE,
  CALL_TIMES_TABLE,
  PROGRAM_CALLS_TABLE,
];
/** How long a write waits for those of other processes, ms. */
export const BUSY_MS = 5000;

/** Opens the ledger of a store folder, and makes it where there is none. */
export function openLedger(dir: string): Ledger {
  mkdirSync(dir, { recursive: true });
  const db = new DatabaseSync(join(dir, "ledger.db"), { timeout: BUSY_MS });
  // A killed process loses nothing that way; a machine that loses its power, at most what it wrote last.
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  for (const table of TABLES) db.exec(table);
  const ledger: Ledger = {
    db,
    atomically(work) {
      db.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        db.exec("COMMIT");
        return result;
      } catch (error) {
        // A disk that is full may have done so.
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => db.close(),
  };
  updateCalls(ledger);
  updateProgramCalls(ledger);
  return ledger;
}
