import type { Budget } from "../../plan/budget.ts";
import { checkKeys, type Reader } from "../reader.ts";
import { BUDGET_KEYS, parseBudget } from "./parse-budget.ts";

/** Kinds of steps below which models are called. */
const SPENDING = new Set(["agent", "group", "workflow"]);

/** Reads `budget:` of a step. */
export function readStepBudget(reader: Reader, kind: string, agents: readonly string[]): Budget | undefined {
  const map = reader.map("budget");
  if (map === undefined) return undefined;
  if (!SPENDING.has(kind))
    reader.complain(
      "budget",
      { code: "step/unknown-key", message: `budget has no meaning in a step of kind ${kind}` },
      "key",
    );
  checkKeys(map, { known: BUDGET_KEYS, unknownCode: "step/unknown-key", synonyms: { cost: "usd", time: "timeout" } });
  const budget = parseBudget(map, { agents, mayQueue: false });
  if (!map.has("usd") && !map.has("tokens"))
    reader.complain("budget", {
      code: "budget/bad-value",
      message: "the budget names no amount",
      expected: "usd, tokens",
    });
  return budget;
}
