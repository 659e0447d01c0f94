import type { CatalogueEntry } from "../catalogue.ts";

function error(summary: string, hint: string): CatalogueEntry {
  return { severity: "error", summary, hint };
}

function warning(summary: string, hint: string): CatalogueEntry {
  return { severity: "warning", summary, hint };
}

/** Codes of prices, budgets and limits. */
export const costCodes: { readonly [code: string]: CatalogueEntry } = {
  "ledger/network-folder": error(
    "The ledger is used by the machine whose disk it lies on in a way that does not work over a network.",
    "stop the workers and commands of that machine for a moment: the first machine that comes over the network makes it a ledger for all of them",
  ),
  "price/bad-value": error("A price cannot be read.", "see docs/costs.md, “Prices”"),
  "budget/bad-value": error("A budget or limit cannot be read.", "see docs/costs.md, “Budgets” and “Limits”"),
  "budget/exceeded": error(
    "What the run, a step or a limit may cost is used up.",
    "raise `budget:` or the limit; `aiworkflow costs budget` shows what is left",
  ),
  "budget/unknown-price": error(
    "A budget cannot be kept, because the price of the model is not known.",
    "give the agent a `price:`, or the project `prices:`",
  ),
  "budget/unpriced-agent": warning(
    "A budget or limit in dollars cannot be kept, because the price of an agent's model is not known: its calls will be refused.",
    "give the agent a `price:`, or the project `prices:`; `aiworkflow costs prices MODEL` shows what is known",
  ),
};
