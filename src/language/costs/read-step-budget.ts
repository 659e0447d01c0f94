import type { Budget } from "../../plan/budget.ts";
import { checkKeys, type Reader } from "../reader.ts";
import { BUDGET_KEYS, parseBudget } from "./parse-budget.ts";

/** Kinds of steps in which models or tools are called, whatever they cost. */
const SPENDING = new Set(["agent", "group", "workflow"]);

/** Reads `budget:` of a step. `isPriced`: it calls a tool that has a price. */
export function readStepBudget(
  reader: Reader,
  { kind, isPriced }: { readonly kind: string; readonly isPriced: boolean },
  agents: readonly string[],
): Budget | undefined {
  const map = reader.map("budget");
  if (map === undefined) return undefined;
  if (!SPENDING.has(kind) && !isPriced)
    reader.complain(
      "budget",
      {
        code: "step/unknown-key",
        message: `budget has no meaning in a step of kind ${kind}${kind === "tool" ? " whose operation has no `cost`" : ""}`,
      },
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
