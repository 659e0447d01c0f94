import type { Cap } from "../plan/budget.ts";
import type { Ledger } from "./open-ledger.ts";

/** Schema of the budgets of runs and steps under which calls were made: so that people can ask what is left of them. */
export const BUDGETS_TABLE = `CREATE TABLE IF NOT EXISTS budgets (
  key TEXT PRIMARY KEY, root TEXT NOT NULL, cap TEXT NOT NULL, at_ms INTEGER NOT NULL
) STRICT`;

/** Notes budgets of runs and steps. */
export function noteBudgets(
  { db }: Ledger,
  caps: readonly Cap[],
  { root, nowMs }: { root: string; nowMs: number },
): void {
  const insert = db.prepare("INSERT OR REPLACE INTO budgets VALUES (?, ?, ?, ?)");
  for (const cap of caps) if (cap.scope.account !== undefined) insert.run(cap.key, root, JSON.stringify(cap), nowMs);
}

/** Budgets under which a call was made since a moment, the newest first. `root`: of this outermost run only. */
export function listBudgets({ db }: Ledger, { root, sinceMs }: { root?: string; sinceMs: number }): readonly Cap[] {
  const where = root === undefined ? "at_ms >= ?" : "at_ms >= ? AND root = ?";
  return db
    .prepare(`SELECT cap FROM budgets WHERE ${where} ORDER BY at_ms DESC`)
    .all(...(root === undefined ? [sinceMs] : [sinceMs, root]))
    .map((row) => JSON.parse(row["cap"] as string) as Cap);
}
