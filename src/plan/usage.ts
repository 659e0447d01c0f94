import type { ReportedUsage, TokenUsage, Usage } from "./report.ts";

/** No tokens. */
export const NO_TOKENS: TokenUsage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/** Nothing used yet. */
export const NO_USAGE: Usage = { ...NO_TOKENS, usd: 0, unpricedCalls: 0 };

/** Tokens of both together; `sign` -1: what of `a` came after `b`. */
export function addTokens(a: TokenUsage, b: TokenUsage, sign: 1 | -1 = 1): TokenUsage {
  return {
    inputTokens: a.inputTokens + sign * b.inputTokens,
    cacheReadTokens: a.cacheReadTokens + sign * b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + sign * b.cacheWriteTokens,
    outputTokens: a.outputTokens + sign * b.outputTokens,
    reasoningTokens: a.reasoningTokens + sign * b.reasoningTokens,
  };
}

/** What of `a` came after `b`; never less than none. */
export function tokensSince(a: TokenUsage, b: TokenUsage): TokenUsage {
  const since = addTokens(a, b, -1);
  return {
    inputTokens: Math.max(0, since.inputTokens),
    cacheReadTokens: Math.max(0, since.cacheReadTokens),
    cacheWriteTokens: Math.max(0, since.cacheWriteTokens),
    outputTokens: Math.max(0, since.outputTokens),
    reasoningTokens: Math.max(0, since.reasoningTokens),
  };
}

/** Both together; `sign` -1: what of `a` came after `b`. What an engine of before 0.2 told has no `usd`: its price is unknown. */
export function addUsage(a: Usage, b: TokenUsage & Partial<Usage>, sign: 1 | -1 = 1): Usage {
  return {
    ...addTokens(a, b, sign),
    usd: a.usd + sign * (b.usd ?? 0),
    unpricedCalls: a.unpricedCalls + sign * (b.unpricedCalls ?? (b.outputTokens > 0 ? 1 : 0)),
  };
}

/** For people: no sum where a price is unknown. */
export function reportUsage({ unpricedCalls, usd, ...tokens }: Usage): ReportedUsage {
  return { usd: unpricedCalls > 0 ? null : roundUsd(usd), ...tokens };
}

/** Sums of floating-point numbers end in noise. */
function roundUsd(usd: number): number {
  return Math.round(usd * 1e9) / 1e9;
}

/** True where there is any token. */
export function hasUsed(usage: TokenUsage): boolean {
  return (Object.keys(NO_TOKENS) as (keyof TokenUsage)[]).some((name) => usage[name] > 0);
}
