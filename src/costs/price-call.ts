import type { Price } from "../plan/price.ts";
import type { TokenUsage } from "../plan/report.ts";

/** What one call used. */
export interface CallUse {
  readonly tokens: TokenUsage;
  readonly durationMs: number;
  /** Where the provider tells them. */
  readonly credits?: number | undefined;
}

const MILLION = 1_000_000;
const MINUTE_MS = 60_000;

/** What a call cost, in US dollars. Reasoning is a part of the output and is charged as such, once. */
export function priceCall(price: Price, { tokens, durationMs, credits }: CallUse): number {
  switch (price.unit) {
    case "requests":
      return price.usd;
    case "minutes":
      return (price.usd * durationMs) / MINUTE_MS;
    case "credits":
      return price.usd * (credits ?? price.perCall ?? 1);
    case "tokens": {
      const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = tokens;
      const prompt = inputTokens + cacheReadTokens + cacheWriteTokens;
      const { input, output, cacheRead, cacheWrite } =
        price.long !== undefined && prompt > price.long.above ? price.long : price;
      const sum =
        inputTokens * input +
        cacheReadTokens * (cacheRead ?? input) +
        cacheWriteTokens * (cacheWrite ?? input) +
        outputTokens * output;
      return sum / MILLION;
    }
  }
}
