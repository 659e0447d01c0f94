import type { SQLInputValue } from "node:sqlite";
import type { CallScope } from "../plan/budget.ts";
import { writeAccounts } from "./calls.ts";
import type { Ledger } from "./open-ledger.ts";

/** What calls have cost, or are reserved for. */
export interface Spent {
  readonly usd: number;
  readonly tokens: number;
  readonly calls: number;
}

const COLUMNS = {
  calls: { usd: "counted_usd", tokens: "input_tokens + cache_read_tokens + cache_write_tokens + output_tokens" },
  reservations: { usd: "usd", tokens: "tokens" },
} as const;

/** Adds up the calls of a scope since a moment, or what is reserved for those under way. `not`: the id of a call to leave out. */
export function readSpent(
  { db }: Ledger,
  table: keyof typeof COLUMNS,
  { scope, startMs, not }: { readonly scope: CallScope; readonly startMs: number; readonly not?: string },
): Spent {
  const conditions = ["at_ms >= ?"];
  const values: SQLInputValue[] = [startMs];
  const add = (condition: string, value: string | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  add("root = ?", scope.root);
  add("instr(accounts, ?) > 0", scope.account === undefined ? undefined : writeAccounts([scope.account]));
  add("workflow = ?", scope.workflow);
  add("agent = ?", scope.agent);
  add("instr(lower(model), ?) > 0", scope.model?.toLowerCase());
  add("id <> ?", not);
  const { usd, tokens } = COLUMNS[table];
  const row = db
    .prepare(
      `SELECT count(*) calls, coalesce(sum(${usd}), 0) usd, coalesce(sum(${tokens}), 0) tokens
       FROM ${table} WHERE ${conditions.join(" AND ")}`,
    )
    .get(...values);
  return row as unknown as Spent;
}
