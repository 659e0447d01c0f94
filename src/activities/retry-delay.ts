import type { Retry } from "../plan/step.ts";

const JITTER = 0.1;

/**
 * Milliseconds until the attempt after failure number `failures` (from 1): exponential, capped, with 10 % jitter, never
 * less than what the other side asked for. `random` gives 0 to 1.
 */
export function retryDelayMs(
  retry: Retry,
  failure: { readonly failures: number; readonly retryAfterMs: number | undefined },
  random: () => number = Math.random,
): number {
  const exponential = retry.initialIntervalMs * retry.backoff ** (failure.failures - 1);
  const capped = Math.min(exponential, retry.maxIntervalMs);
  const jittered = capped * (1 + JITTER * (2 * random() - 1));
  return Math.round(Math.max(jittered, failure.retryAfterMs ?? 0));
}
