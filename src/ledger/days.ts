import type { DatabaseSync } from "node:sqlite";

/** Schema of what calls have cost by day (of UTC, counted from 1970): limits are added up from it, however many calls there are. */
export const DAYS_TABLE = `CREATE TABLE IF NOT EXISTS days (
  day INTEGER NOT NULL, workflow TEXT NOT NULL, agent TEXT NOT NULL, model TEXT NOT NULL,
  counted_usd REAL NOT NULL, tokens INTEGER NOT NULL, calls INTEGER NOT NULL,
  PRIMARY KEY (day, workflow, agent, model)
) STRICT`;

/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;
/** Tokens of a call, all together. */
export const ALL_TOKENS = "input_tokens + cache_read_tokens + cache_write_tokens + output_tokens";

/** Adds a call that has just been recorded to its day. */
export function addToDay(db: DatabaseSync, id: string): void {
  db.prepare(
    `INSERT INTO days SELECT at_ms / ${DAY_MS}, workflow, agent, model, counted_usd, ${ALL_TOKENS}, 1 FROM calls WHERE id = ?
     ON CONFLICT DO UPDATE SET counted_usd = days.counted_usd + excluded.counted_usd,
       tokens = days.tokens + excluded.tokens, calls = days.calls + 1`,
  ).run(id);
}

/** Adds up all days anew. */
export function sumUpDays(db: DatabaseSync): void {
  db.exec(`DELETE FROM days;
    INSERT INTO days SELECT at_ms / ${DAY_MS} day, workflow, agent, model, sum(counted_usd), sum(${ALL_TOKENS}), count(*)
    FROM calls GROUP BY day, workflow, agent, model`);
}
