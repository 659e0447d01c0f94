import type { Price } from "../plan/price.ts";
import type { TokenUsage } from "../plan/report.ts";
import { NO_TOKENS } from "../plan/usage.ts";
import { priceCall } from "./price-call.ts";

/** What is known of a call before it is made. */
export interface ExpectedCall {
  /** Of prompt, conversation, schema and tools together, in UTF-8. */
  readonly bytes: number;
  /** The agent's `max-tokens`; what a provider of ours asks for where it is left out. */
  readonly maxTokens?: number | undefined;
  /** How long it may last. */
  readonly timeoutMs: number;
}

/** Two numbers that hold what will be between them. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** What an answer may have at most where the agent has no `max-tokens`. */
export const DEFAULT_MAX_TOKENS = 8192;
/** A token of any script has at least so many bytes on average, and at most so many in text of any sense. */
const LEAST_BYTES = 2;
const MOST_BYTES = 16;
/** What a provider adds to a prompt of its own. */
const OVERHEAD_TOKENS = 200;

/** How many tokens a prompt of so many bytes may have. */
export function estimateTokens(bytes: number): Range {
  return {
    least: Math.floor(bytes / MOST_BYTES),
    most: Math.ceil(bytes / LEAST_BYTES) + OVERHEAD_TOKENS,
  };
}

/** What a call of so many bytes has used at most, where nobody tells. */
export function guessUsage(promptBytes: number, answerBytes: number): TokenUsage {
  const outputTokens = Math.ceil(answerBytes / LEAST_BYTES);
  return { ...NO_TOKENS, inputTokens: estimateTokens(promptBytes).most, outputTokens };
}

/** What one call will cost, in US dollars: `most` is what is reserved for it. */
export function estimateCall(price: Price, call: ExpectedCall): Range {
  const input = estimateTokens(call.bytes);
  const cost = (inputTokens: number, outputTokens: number, durationMs: number, dearest: boolean) => {
    // All of a prompt may be written to a cache, or read from one.
    const asCache = price.unit !== "tokens" ? NO_TOKENS : cacheSide(price, inputTokens, dearest);
    return priceCall(price, { tokens: { ...NO_TOKENS, ...asCache, outputTokens }, durationMs });
  };
  return {
    least: cost(input.least, 0, 0, false),
    most: cost(input.most, call.maxTokens ?? DEFAULT_MAX_TOKENS, call.timeoutMs, true),
  };
}

function cacheSide(price: Price & { readonly unit: "tokens" }, count: number, dearest: boolean) {
  const { input, cacheRead = input, cacheWrite = input } = price;
  const sides = [
    { rate: input, tokens: { inputTokens: count } },
    { rate: cacheRead, tokens: { cacheReadTokens: count } },
    { rate: cacheWrite, tokens: { cacheWriteTokens: count } },
  ].sort((a, b) => (dearest ? b.rate - a.rate : a.rate - b.rate));
  return { ...NO_TOKENS, ...sides[0]?.tokens };
}
