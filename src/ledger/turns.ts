import type { Ledger } from "./open-ledger.ts";

/** Schema of the requests of the last minute, and of those that have their turn already. */
export const TURNS_TABLE = `CREATE TABLE IF NOT EXISTS turns (
  id TEXT PRIMARY KEY, lane TEXT NOT NULL, at_ms INTEGER NOT NULL, tokens INTEGER NOT NULL, is_used INTEGER NOT NULL
) STRICT; CREATE INDEX IF NOT EXISTS turns_by_lane ON turns (lane, at_ms)`;

/** One request to a provider: when it may go, and how many tokens it takes. */
export interface Turn {
  readonly id: string;
  readonly atMs: number;
  readonly tokens: number;
  readonly isUsed: boolean;
}

/** The turns of a lane (one provider and key) that are not older than `sinceMs`, in order; older ones are forgotten. */
export function readTurns({ db }: Ledger, lane: string, sinceMs: number): readonly Turn[] {
  db.prepare("DELETE FROM turns WHERE lane = ? AND at_ms <= ?").run(lane, sinceMs);
  const rows = db.prepare("SELECT id, at_ms, tokens, is_used FROM turns WHERE lane = ? ORDER BY at_ms").all(lane);
  return rows.map((row) => ({
    id: row["id"] as string,
    atMs: row["at_ms"] as number,
    tokens: row["tokens"] as number,
    isUsed: row["is_used"] === 1,
  }));
}

/** Writes a turn; `readTurns`, then this, inside `atomically`. */
export function writeTurn({ db }: Ledger, lane: string, { id, atMs, tokens, isUsed }: Turn): void {
  db.prepare("INSERT OR REPLACE INTO turns VALUES (?, ?, ?, ?, ?)").run(id, lane, atMs, tokens, isUsed ? 1 : 0);
}

/** A request was sent under another name before: its turn stays counted, and the name is free again. */
export function renameTurn({ db }: Ledger, id: string, to: string): void {
  db.prepare("UPDATE OR REPLACE turns SET id = ? WHERE id = ?").run(to, id);
}

/** What a request really took. */
export function settleTurn({ db }: Ledger, id: string, tokens: number): void {
  db.prepare("UPDATE turns SET tokens = ? WHERE id = ?").run(tokens, id);
}
