import type { JsonObject } from "../plan/json.ts";
import type { Usage } from "../plan/report.ts";
import { addToDay, sumUpDays } from "./days.ts";
import type { Ledger } from "./open-ledger.ts";
import { addToTotals, sumUpTotals, TOTALS_TABLE } from "./totals.ts";

/** Schema of the calls, as the first version of the ledger had it. */
export const CALLS_TABLE = `CREATE TABLE IF NOT EXISTS calls (
  id TEXT PRIMARY KEY, run TEXT NOT NULL, workflow TEXT NOT NULL, step TEXT NOT NULL,
  agent TEXT NOT NULL, kind TEXT NOT NULL, model TEXT NOT NULL, at_ms INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL, cache_write_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL,
  usd REAL, answer TEXT NOT NULL
) STRICT`;

/** What came later, in this order. `accounts`: one a line, with an empty one before and after. */
const LATER_COLUMNS = [
  "root TEXT NOT NULL DEFAULT ''",
  "accounts TEXT NOT NULL DEFAULT ''",
  "price_book TEXT",
  "duration_ms INTEGER NOT NULL DEFAULT 0",
  "labels TEXT NOT NULL DEFAULT '{}'",
  "asked_model TEXT NOT NULL DEFAULT ''",
  "counted_usd REAL NOT NULL DEFAULT 0",
];

/** Brings the table of an older ledger up to date. */
export function updateCalls({ db, atomically }: Ledger): void {
  const missing = () => {
    const there = new Set(
      db
        .prepare("PRAGMA table_info(calls)")
        .all()
        .map(({ name }) => name),
    );
    return LATER_COLUMNS.filter((column) => !there.has(column.split(" ", 1)[0] as string));
  };
  const hasTotals = () => db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'totals'").get() !== undefined;
  if (missing().length === 0 && hasTotals()) return;
  // Another process may have been quicker.
  atomically(() => {
    const columns = missing();
    for (const column of columns) db.exec(`ALTER TABLE calls ADD COLUMN ${column}`);
    if (columns.length > 0) {
      db.exec("UPDATE calls SET root = run, accounts = char(10) || run || char(10), counted_usd = coalesce(usd, 0)");
      sumUpDays(db);
    }
    if (hasTotals()) return;
    db.exec(TOTALS_TABLE);
    sumUpTotals(db);
    db.exec(`CREATE INDEX IF NOT EXISTS calls_by_time ON calls (at_ms); DROP INDEX IF EXISTS calls_by_root;
      CREATE INDEX IF NOT EXISTS calls_by_agent ON calls (agent, asked_model, at_ms)`);
  });
}

/** One call of a model, or of a tool that has a price, that was answered; or one of a program that was not, and has used something. */
export interface CallRecord {
  /** The same over attempts and deaths of workers, another one whenever the call is made anew. */
  readonly id: string;
  /** These three are empty for a call outside of runs. `step`: its path. */
  readonly run: string;
  readonly workflow: string;
  readonly step: string;
  /** Name of the agent, kind of its provider, model that it is charged as. Of a tool: who calls it, `tool`, its operation. */
  readonly agent: string;
  readonly kind: string;
  readonly model: string;
  /** The model that was asked for. */
  readonly askedModel: string;
  readonly atMs: number;
  readonly usage: Usage;
  /** The outermost run, and everything that the call counts to. */
  readonly root: string;
  readonly accounts: readonly string[];
  /** Version of the price book, `own`, or `provider`; null where the price is unknown. */
  readonly priceBook: string | null;
  readonly durationMs: number;
  /** What it counts for budgets: its cost, or where that is unknown what the model that was asked for would have cost. */
  readonly countedUsd: number;
  readonly labels: { readonly [name: string]: string };
  /** What a later attempt goes on with. */
  readonly answer: JsonObject;
}

/** What is kept of a call's answer, if it was made before: a worker that dies after it makes nobody pay twice. */
export function findAnswer({ db }: Ledger, id: string): JsonObject | undefined {
  const row = db.prepare("SELECT answer FROM calls WHERE id = ?").get(id);
  return row === undefined ? undefined : (JSON.parse(row["answer"] as string) as JsonObject);
}

/** Keeps a call; the first one of its id counts. */
export function recordCall({ db }: Ledger, { usage, answer, accounts, labels, ...call }: CallRecord): void {
  const insert = db.prepare(
    `INSERT OR IGNORE INTO calls VALUES (:id, :run, :workflow, :step, :agent, :kind, :model, :atMs,
      :inputTokens, :cacheReadTokens, :cacheWriteTokens, :outputTokens, :reasoningTokens, :usd, :answer,
      :root, :accounts, :priceBook, :durationMs, :labels, :askedModel, :countedUsd)`,
  );
  const { changes } = insert.run({
    ...call,
    inputTokens: usage.inputTokens,
    cacheReadTokens: usage.cacheReadTokens,
    cacheWriteTokens: usage.cacheWriteTokens,
    outputTokens: usage.outputTokens,
    reasoningTokens: usage.reasoningTokens,
    usd: usage.unpricedCalls > 0 ? null : usage.usd,
    accounts: writeAccounts(accounts),
    labels: JSON.stringify(labels),
    answer: JSON.stringify(answer),
  });
  if (changes === 0) return;
  addToDay(db, call.id);
  addToTotals(db, call.id, new Set([call.root, ...accounts]));
}

/** The id under which an attempt is kept that has used something and was not answered. */
export function idOfUnanswered(id: string, number: number): string {
  return `${id}/unanswered-${number}`;
}

/** What the attempts of a call have used that were not answered, and how many there are. */
export function readUnanswered({ db }: Ledger, id: string): { readonly count: number; readonly usage: Usage } {
  const prefix = idOfUnanswered(id, 0).slice(0, -1);
  const row = db
    .prepare(
      `SELECT count(*) AS count, total(input_tokens) AS inputTokens, total(cache_read_tokens) AS cacheReadTokens,
        total(cache_write_tokens) AS cacheWriteTokens, total(output_tokens) AS outputTokens,
        total(reasoning_tokens) AS reasoningTokens, total(usd) AS usd, count(*) - count(usd) AS unpricedCalls
      FROM calls WHERE id >= ? AND id < ?`,
    )
    .get(prefix, `${prefix}~`) as unknown as Usage & { readonly count: number };
  const { count, ...usage } = row;
  return { count, usage };
}

/** Puts what came of the answer in its place: shorter, and ready to be given back. */
export function keepAnswer({ db }: Ledger, id: string, answer: JsonObject): void {
  db.prepare("UPDATE calls SET answer = ? WHERE id = ?").run(JSON.stringify(answer), id);
}

/** Accounts as a column holds them: see `CALLS_TABLE`. */
export function writeAccounts(accounts: readonly string[]): string {
  return `\n${accounts.join("\n")}\n`;
}
