import type { SQLInputValue } from "node:sqlite";
import type { CallScope } from "../plan/budget.ts";
import { writeAccounts } from "./calls.ts";
import { DAY_MS } from "./days.ts";
import type { Ledger } from "./open-ledger.ts";

/** What calls have cost, or are reserved for. */
export interface Spent {
  readonly usd: number;
  readonly tokens: number;
  readonly calls: number;
}

/** Where sums come from: calls under way, what runs and steps have spent, whole days. Single calls would be too many. */
const SOURCES = {
  reservations: { usd: "usd", calls: "1" },
  totals: { usd: "counted_usd", calls: "calls" },
  days: { usd: "counted_usd", calls: "calls" },
} as const;

/**
 * Adds up the calls of a scope, or what is reserved for those under way. `startMs`: the day since when, where the scope has neither run
 * nor account. `not`: the id of a call to leave out.
 */
export function readSpent(
  { db }: Ledger,
  of: "calls" | "reservations",
  { scope, startMs, not }: { readonly scope: CallScope; readonly startMs: number; readonly not?: string },
): Spent {
  const { root, account } = scope;
  const isOfRun = root !== undefined || account !== undefined;
  const table = of === "reservations" ? of : isOfRun ? "totals" : "days";
  const { usd, calls } = SOURCES[table];
  const conditions: string[] = ["true"];
  const values: SQLInputValue[] = [];
  const add = (condition: string, value: SQLInputValue | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  if (table === "totals") add("account = ?", account ?? root);
  if (table === "days") add("day >= ?", Math.ceil(startMs / DAY_MS));
  if (table === "reservations") {
    add("root = ?", root);
    add("instr(accounts, ?) > 0", account === undefined ? undefined : writeAccounts([account]));
    // A call that is under way is none of those that are paid.
    add("id <> ?", not);
  }
  add("workflow = ?", scope.workflow);
  add("agent = ?", scope.agent);
  add("instr(lower(model), ?) > 0", scope.model?.toLowerCase());
  const sum = (column: string) => `coalesce(sum(${column}), 0)`;
  const row = db
    .prepare(
      `SELECT ${sum(calls)} calls, ${sum(usd)} usd, ${sum("tokens")} tokens FROM ${table} WHERE ${conditions.join(" AND ")}`,
    )
    .get(...values);
  return row as unknown as Spent;
}
