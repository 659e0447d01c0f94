import type { AgentSpec } from "../plan/agent-spec.ts";
import type { PriceList } from "../plan/price.ts";
import type { TokenUsage } from "../plan/report.ts";
import { priceCall } from "./price-call.ts";
import { modelOfAgent, priceOfAgent } from "./price-of-agent.ts";

/** What a provider says of a call that it has answered. */
export interface PricedAnswer {
  readonly model: string;
  /** Undefined: it does not tell. */
  readonly usage: TokenUsage | undefined;
  readonly credits?: number | undefined;
  /** What it cost, by its own account; believed where there is no own price. */
  readonly usd?: number | undefined;
}

/** What a call cost. */
export interface AnswerCost {
  /** The model that is charged. */
  readonly model: string;
  /** US dollars; null where nobody knows. */
  readonly usd: number | null;
  /**
   * What it counts for budgets: its cost, or where that is unknown what the model that was asked for would have cost, with the guessed
   * tokens where nobody tells them.
   */
  readonly countedUsd: number;
  /** Version of the price book, `own` or `provider`; null where the price is unknown. */
  readonly priceBook: string | null;
}

/** Charges an answer to the model that gave it. */
export function costOfAnswer(
  agent: AgentSpec,
  { model, usage, credits, usd: told }: PricedAnswer,
  { prices, durationMs, guess }: { readonly prices: PriceList | undefined; durationMs: number; guess: TokenUsage },
): AnswerCost {
  const asked = modelOfAgent(agent);
  const charged = agent.kind === "recorded" ? asked : model;
  const use = { tokens: usage ?? guess, durationMs, credits };
  const found = priceOfAgent(agent, prices, model);
  if (told !== undefined && found?.book !== "own")
    return { model: charged, usd: told, countedUsd: told, priceBook: "provider" };
  if (found !== undefined) {
    const countedUsd = priceCall(found.price, use);
    if (usage === undefined && found.price.unit === "tokens")
      return { model: charged, usd: null, countedUsd, priceBook: null };
    return { model: charged, usd: countedUsd, countedUsd, priceBook: found.book };
  }
  const instead = priceOfAgent(agent, prices);
  const countedUsd = instead === undefined ? 0 : priceCall(instead.price, use);
  return { model: charged, usd: null, countedUsd, priceBook: null };
}
