import { priceCall } from "../costs/price-call.ts";
import { priceOfAgent } from "../costs/price-of-agent.ts";
import type { AgentSpec } from "../plan/agent-spec.ts";
import type { PriceList } from "../plan/price.ts";
import { NO_TOKENS } from "../plan/usage.ts";

const CHARACTERS_PER_TOKEN = 4;
/** An answer of usual length, and how long a usual call takes. */
const OUTPUT_TOKENS = 1000;
const DURATION_MS = 10_000;

/** About how many tokens a text has. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** About how many US dollars a usual call costs; null where nobody knows the price. */
export function estimateUsd(spec: AgentSpec, promptTokens: number, prices: PriceList | undefined): number | null {
  const found = priceOfAgent(spec, prices);
  if (found === undefined) return null;
  const tokens = {
    ...NO_TOKENS,
    inputTokens: promptTokens,
    outputTokens: spec.maxTokens === undefined ? OUTPUT_TOKENS : Math.min(OUTPUT_TOKENS, spec.maxTokens),
  };
  return priceCall(found.price, { tokens, durationMs: spec.profile?.latencyMs ?? DURATION_MS });
}
