import type { DatabaseSync } from "node:sqlite";
import { ALL_TOKENS } from "./days.ts";

/**
 * Schema of what calls have cost by what they count to, which is their accounts and their outermost run: budgets are added up from it,
 * however many calls a run has made.
 */
export const TOTALS_TABLE = `CREATE TABLE totals (
  account TEXT NOT NULL, workflow TEXT NOT NULL, agent TEXT NOT NULL, model TEXT NOT NULL,
  counted_usd REAL NOT NULL, tokens INTEGER NOT NULL, calls INTEGER NOT NULL,
  PRIMARY KEY (account, workflow, agent, model)
) STRICT`;

/** Adds a call that has just been recorded to everything that it counts to. */
export function addToTotals(db: DatabaseSync, id: string, accounts: ReadonlySet<string>): void {
  const add = db.prepare(
    `INSERT INTO totals SELECT ?, workflow, agent, model, counted_usd, ${ALL_TOKENS}, 1 FROM calls WHERE id = ?
     ON CONFLICT DO UPDATE SET counted_usd = totals.counted_usd + excluded.counted_usd,
       tokens = totals.tokens + excluded.tokens, calls = totals.calls + 1`,
  );
  for (const account of accounts) add.run(account, id);
}

/** Adds up everything anew. */
export function sumUpTotals(db: DatabaseSync): void {
  db.exec(`DELETE FROM totals;
    WITH RECURSIVE split (id, account, rest) AS (
      SELECT id, root, ltrim(accounts, char(10)) FROM calls
      UNION SELECT id, substr(rest, 1, instr(rest, char(10)) - 1), substr(rest, instr(rest, char(10)) + 1) FROM split WHERE rest <> ''
    )
    INSERT INTO totals SELECT account, workflow, agent, model, sum(counted_usd), sum(${ALL_TOKENS}), count(*)
    FROM (SELECT DISTINCT id, account FROM split) JOIN calls USING (id) GROUP BY account, workflow, agent, model`);
}
