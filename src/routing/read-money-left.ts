import { capsOfCall } from "../costs/caps-of-call.ts";
import { isHeldBy } from "../costs/is-held-by.ts";
import { modelOfAgent } from "../costs/price-of-agent.ts";
import { listLimits } from "../ledger/limits.ts";
import type { Ledger } from "../ledger/open-ledger.ts";
import { readStanding } from "../ledger/reservations.ts";
import type { AgentSpec } from "../plan/agent-spec.ts";
import type { Cap, Charge } from "../plan/budget.ts";

/** What the tightest budget or limit leaves for the calls of an agent. */
export interface MoneyLeft {
  readonly usd: number;
  /** Names that budget or limit. */
  readonly of: string;
}

/** Who would be charged for a call, in which workflow. */
export interface Purse {
  readonly charge: Charge;
  readonly workflow: string;
  readonly nowMs: number;
}

/**
 * What is left for the calls of an agent; undefined where nothing limits it in US dollars. What is set aside for calls under way
 * counts as left: they may not need it.
 */
export function readMoneyLeft(
  ledger: Ledger,
  { charge, workflow, nowMs }: Purse,
  { agent, spec }: { readonly agent: string; readonly spec: AgentSpec },
): MoneyLeft | undefined {
  if (charge.isUndo === true) return undefined;
  const call = { workflow, agent, model: modelOfAgent(spec), nowMs };
  const caps = capsOfCall(charge, listLimits(ledger), call).filter((cap) => isHeldBy(cap, agent));
  return leastOf(ledger, caps);
}

/** What the budgets of run and step leave, whoever is asked. */
export function readBudgetLeft(ledger: Ledger, { charge: { budgets }, nowMs }: Purse): MoneyLeft | undefined {
  const holding = budgets.filter(({ onLimit }) => onLimit !== "alert");
  const call = { workflow: "", agent: "", model: "", nowMs };
  return leastOf(ledger, capsOfCall({ root: "", accounts: [], budgets: holding }, [], call));
}

function leastOf(ledger: Ledger, caps: readonly Cap[]): MoneyLeft | undefined {
  const all = caps.flatMap((cap): MoneyLeft[] => {
    const { usd, spent } = readStanding(ledger, cap);
    return usd === null ? [] : [{ usd: Math.max(0, usd - spent.usd), of: cap.name }];
  });
  return all.toSorted((a, b) => a.usd - b.usd)[0];
}
