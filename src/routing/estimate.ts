import type { AgentSpec } from "../plan/agent-spec.ts";

const CHARACTERS_PER_TOKEN = 4;
/** An answer of usual length. */
const OUTPUT_TOKENS = 1000;

/** About how many tokens a text has. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** About how many US dollars one call costs; null where nobody knows the price. */
export function estimateUsd({ profile, replies }: AgentSpec, promptTokens: number): number | null {
  const { usdPer1kTokens, usdPerRequest } = profile ?? {};
  if (usdPer1kTokens === undefined && usdPerRequest === undefined) return replies === undefined ? null : 0;
  return (usdPerRequest ?? 0) + ((usdPer1kTokens ?? 0) * (promptTokens + OUTPUT_TOKENS)) / 1000;
}
