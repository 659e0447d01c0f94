import type { Amount, Raise } from "../plan/budget.ts";
import type { Ledger } from "./open-ledger.ts";

/** Schema of what people have added to budgets. */
export const RAISES_TABLE = `CREATE TABLE IF NOT EXISTS raises (
  id TEXT PRIMARY KEY, budget TEXT NOT NULL, usd REAL NOT NULL, tokens INTEGER NOT NULL, at_ms INTEGER NOT NULL
) STRICT`;

/** Adds to a budget, once for each id. */
export function recordRaise({ db }: Ledger, { id, budget, usd = 0, tokens = 0 }: Raise, atMs: number): void {
  db.prepare("INSERT OR IGNORE INTO raises VALUES (?, ?, ?, ?, ?)").run(id, budget, usd, tokens, atMs);
}

/** What has been added to a budget. */
export function readRaises({ db }: Ledger, budget: string): Amount & { readonly usd: number } {
  const row = db
    .prepare("SELECT coalesce(sum(usd), 0) usd, coalesce(sum(tokens), 0) tokens FROM raises WHERE budget = ?")
    .get(budget);
  return row as unknown as Amount & { readonly usd: number };
}
