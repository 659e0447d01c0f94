import type { Limit } from "../plan/budget.ts";
import type { Ledger } from "./open-ledger.ts";

/** Schema of the limits that were added by command. */
export const LIMITS_TABLE = `CREATE TABLE IF NOT EXISTS limits (name TEXT PRIMARY KEY, spec TEXT NOT NULL) STRICT`;

/** Limits of the store, by name. They hold from the next call on, for every run. */
export function listLimits({ db }: Ledger): readonly Limit[] {
  return db
    .prepare("SELECT spec FROM limits ORDER BY name")
    .all()
    .map((row) => JSON.parse(row["spec"] as string) as Limit);
}

/** Adds a limit, or puts it in the place of the one of its name. */
export function addLimit({ db }: Ledger, limit: Limit): void {
  db.prepare("INSERT OR REPLACE INTO limits VALUES (?, ?)").run(limit.name, JSON.stringify(limit));
}

/** False where there was none of the name. */
export function removeLimit({ db }: Ledger, name: string): boolean {
  return db.prepare("DELETE FROM limits WHERE name = ?").run(name).changes > 0;
}
