import type { Amount } from "../plan/budget.ts";
import { ALL_TOKENS } from "./days.ts";
import type { Ledger } from "./open-ledger.ts";

const LATEST_CALLS = 50;

/** The dearest of an agent's latest calls of a model, and how many there were of them. */
export function readDearest(
  { db }: Ledger,
  { agent, model }: { readonly agent: string; readonly model: string },
): Amount & { readonly calls: number } {
  const row = db
    .prepare(
      `SELECT count(*) calls, max(counted_usd) usd, coalesce(max(tokens), 0) tokens FROM (
         SELECT counted_usd, ${ALL_TOKENS} tokens FROM calls
         WHERE agent = ? AND asked_model = ? ORDER BY at_ms DESC LIMIT ${LATEST_CALLS})`,
    )
    .get(agent, model);
  return row as unknown as Amount & { readonly calls: number };
}
