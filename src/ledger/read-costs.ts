import type { SQLInputValue } from "node:sqlite";
import type { TokenUsage } from "../plan/report.ts";
import { writeAccounts } from "./calls.ts";
import { sumUpDays } from "./days.ts";
import type { Ledger } from "./open-ledger.ts";
import { sumUpTotals } from "./totals.ts";

/** Which calls are meant; all that are named have to fit. */
export interface CallFilter {
  /** A run, with its child runs. */
  readonly run?: string;
  readonly workflow?: string;
  readonly agent?: string;
  readonly model?: string;
  readonly sinceMs?: number;
  readonly beforeMs?: number;
}

/** One call, as people ask for it. */
export interface ListedCall extends TokenUsage {
  readonly id: string;
  readonly at: string;
  /** These three are null for a call outside of runs. */
  readonly run: string | null;
  readonly workflow: string | null;
  readonly step: string | null;
  readonly root: string;
  readonly agent: string;
  readonly kind: string;
  readonly model: string;
  /** Null where the price is unknown. */
  readonly usd: number | null;
  readonly priceBook: string | null;
  readonly durationMs: number;
  readonly labels: { readonly [name: string]: string };
}

/** What is added up for each of. */
export type CostKey = "workflow" | "agent" | "model" | "day" | "run" | "step";

/** Calls together. */
export interface CostSum extends TokenUsage {
  /** Null: outside of runs. */
  readonly key: string | null;
  readonly calls: number;
  /** Of the calls whose price is known. */
  readonly usd: number;
  /** Calls whose price is unknown: while there are some, `usd` is not all. */
  readonly unpricedCalls: number;
  readonly durationMs: number;
}

const KEYS: Readonly<Record<CostKey, string>> = {
  workflow: "nullif(workflow, '')",
  agent: "agent",
  model: "model",
  day: "strftime('%Y-%m-%d', at_ms / 1000, 'unixepoch')",
  run: "nullif(run, '')",
  step: "nullif(workflow || '/' || step, '/')",
};
const TOKENS = {
  inputTokens: "input_tokens",
  cacheReadTokens: "cache_read_tokens",
  cacheWriteTokens: "cache_write_tokens",
  outputTokens: "output_tokens",
  reasoningTokens: "reasoning_tokens",
} as const;

/** The newest calls first; at most `most`. */
export function listCalls({ db }: Ledger, filter: CallFilter, most: number): readonly ListedCall[] {
  const { where, values } = conditionsOf(filter);
  const tokens = Object.entries(TOKENS).map(([name, column]) => `${column} ${name}`);
  const rows = db
    .prepare(
      `SELECT id, at_ms, nullif(run, '') run, root, nullif(workflow, '') workflow, nullif(step, '') step, agent, kind, model, ${tokens.join(", ")}, usd,
        price_book priceBook, duration_ms durationMs, labels
       FROM calls ${where} ORDER BY at_ms DESC, id LIMIT ?`,
    )
    .all(...values, most);
  return rows.map(({ at_ms: atMs, labels, ...row }) => ({
    ...(row as unknown as ListedCall),
    at: new Date(atMs as number).toISOString(),
    labels: JSON.parse(labels as string) as ListedCall["labels"],
  }));
}

/** Sums, the dearest first, days in order; `total` is all of them. */
export function sumCosts(
  { db }: Ledger,
  by: CostKey,
  filter: CallFilter,
): { readonly rows: readonly CostSum[]; readonly total: CostSum } {
  const { where, values } = conditionsOf(filter);
  const tokens = Object.entries(TOKENS).map(([name, column]) => `coalesce(sum(${column}), 0) ${name}`);
  const select = (key: string) => `SELECT ${key} key, count(*) calls, round(coalesce(sum(usd), 0), 9) usd,
    count(*) - count(usd) unpricedCalls, ${tokens.join(", ")}, coalesce(sum(duration_ms), 0) durationMs FROM calls ${where}`;
  const order = by === "day" ? "key" : "usd DESC, calls DESC, key";
  const rows = db.prepare(`${select(KEYS[by])} GROUP BY key ORDER BY ${order}`).all(...values);
  const total = db.prepare(select("'total'")).get(...values);
  return { rows: rows as unknown as readonly CostSum[], total: total as unknown as CostSum };
}

/** Forgets calls from before a moment, with what programs called and which agents were chosen; gives what they were. With `dryRun` it only says so. */
export function pruneCalls(ledger: Ledger, beforeMs: number, dryRun: boolean): CostSum {
  return ledger.atomically(() => {
    const { total } = sumCosts(ledger, "model", { beforeMs });
    if (!dryRun)
      for (const table of ["calls", "raises", "budgets", "alerts", "program_calls", "choices"])
        ledger.db.prepare(`DELETE FROM ${table} WHERE at_ms < ?`).run(beforeMs);
    if (!dryRun) {
      sumUpDays(ledger.db);
      sumUpTotals(ledger.db);
    }
    return total;
  });
}

function conditionsOf({ run, sinceMs, beforeMs, model, ...equal }: CallFilter): {
  readonly where: string;
  readonly values: readonly SQLInputValue[];
} {
  const conditions: (readonly [string, SQLInputValue | undefined])[] = [
    ["instr(accounts, ?) > 0", run === undefined ? undefined : writeAccounts([run])],
    ["workflow = ?", equal.workflow],
    ["agent = ?", equal.agent],
    ["instr(lower(model), ?) > 0", model?.toLowerCase()],
    ["at_ms >= ?", sinceMs],
    ["at_ms < ?", beforeMs],
  ];
  const given = conditions.filter(([, value]) => value !== undefined);
  return {
    where: given.length === 0 ? "" : `WHERE ${given.map(([condition]) => condition).join(" AND ")}`,
    values: given.map(([, value]) => value as SQLInputValue),
  };
}
