import type { JsonObject } from "../plan/json.ts";
import type { Usage } from "../plan/report.ts";
import type { Ledger } from "./open-ledger.ts";

/** Schema of the calls. */
export const CALLS_TABLE = `CREATE TABLE IF NOT EXISTS calls (
  id TEXT PRIMARY KEY, run TEXT NOT NULL, workflow TEXT NOT NULL, step TEXT NOT NULL,
  agent TEXT NOT NULL, kind TEXT NOT NULL, model TEXT NOT NULL, at_ms INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL, cache_write_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL,
  usd REAL, answer TEXT NOT NULL
) STRICT`;

/** One model call that was answered. */
export interface CallRecord {
  /** The same over attempts and deaths of workers, another one whenever the call is made anew. */
  readonly id: string;
  readonly run: string;
  readonly workflow: string;
  /** Path of the step. */
  readonly step: string;
  /** Name of the agent, kind of its provider, model that answered. */
  readonly agent: string;
  readonly kind: string;
  readonly model: string;
  readonly atMs: number;
  readonly usage: Usage;
  /** What the activity gives back. */
  readonly answer: JsonObject;
}

/** What the call gave, if it was made before: a worker that dies after it makes nobody pay twice. */
export function findAnswer({ db }: Ledger, id: string): JsonObject | undefined {
  const row = db.prepare("SELECT answer FROM calls WHERE id = ?").get(id);
  return row === undefined ? undefined : (JSON.parse(row["answer"] as string) as JsonObject);
}

/** Keeps a call; the first one of its id counts. */
export function recordCall({ db }: Ledger, { usage, answer, ...call }: CallRecord): void {
  db.prepare(
    `INSERT OR IGNORE INTO calls VALUES (:id, :run, :workflow, :step, :agent, :kind, :model, :atMs,
      :inputTokens, :cacheReadTokens, :cacheWriteTokens, :outputTokens, :reasoningTokens, :usd, :answer)`,
  ).run({
    ...call,
    inputTokens: usage.inputTokens,
    cacheReadTokens: usage.cacheReadTokens,
    cacheWriteTokens: usage.cacheWriteTokens,
    outputTokens: usage.outputTokens,
    reasoningTokens: usage.reasoningTokens,
    usd: usage.unpricedCalls > 0 ? null : usage.usd,
    answer: JSON.stringify(answer),
  });
}
