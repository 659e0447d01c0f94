import type { SQLInputValue } from "node:sqlite";
import type { CallScope } from "../plan/budget.ts";
import { writeAccounts } from "./calls.ts";
import { ALL_TOKENS, DAY_MS } from "./days.ts";
import type { Ledger } from "./open-ledger.ts";

/** What calls have cost, or are reserved for. */
export interface Spent {
  readonly usd: number;
  readonly tokens: number;
  readonly calls: number;
}

/** Where sums come from: single calls, those under way, or whole days where no account has to be looked for. */
const SOURCES = {
  calls: { usd: "counted_usd", tokens: ALL_TOKENS, calls: "1", since: "at_ms >= ?" },
  reservations: { usd: "usd", tokens: "tokens", calls: "1", since: "at_ms >= ?" },
  days: { usd: "counted_usd", tokens: "tokens", calls: "calls", since: `day * ${DAY_MS} >= ?` },
} as const;

/** Adds up the calls of a scope since a moment, or what is reserved for those under way. `not`: the id of a call to leave out. */
export function readSpent(
  { db }: Ledger,
  of: "calls" | "reservations",
  { scope, startMs, not }: { readonly scope: CallScope; readonly startMs: number; readonly not?: string },
): Spent {
  const isShared = scope.root === undefined && scope.account === undefined;
  const table = of === "calls" && isShared ? "days" : of;
  const { usd, tokens, calls, since } = SOURCES[table];
  const conditions: string[] = [since];
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
  // A call that is under way is none of those that are paid.
  add("id <> ?", of === "reservations" ? not : undefined);
  const sum = (column: string) => `coalesce(sum(${column}), 0)`;
  const row = db
    .prepare(
      `SELECT ${sum(calls)} calls, ${sum(usd)} usd, ${sum(tokens)} tokens FROM ${table} WHERE ${conditions.join(" AND ")}`,
    )
    .get(...values);
  return row as unknown as Spent;
}
