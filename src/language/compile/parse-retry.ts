import type { Effect } from "../../plan/plan.ts";
import type { Retry } from "../../plan/step.ts";
import { checkKeys, type Reader } from "../reader.ts";

const SAFE_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** `retry:` as written; what is missing comes from the level above. */
export type PartialRetry = Partial<Retry>;

/** Reads the keys of a `retry:` map. */
export function readRetry(reader: Reader): PartialRetry {
  const map = reader.map("retry");
  if (map === undefined) return {};
  checkKeys(map, {
    known: ["max-attempts", "initial-interval", "max-interval", "backoff"],
    unknownCode: "step/unknown-key",
    synonyms: { max_retries: "max-attempts", attempts: "max-attempts", delay: "initial-interval", max: "max-attempts" },
  });
  const backoff = map.raw("backoff");
  if (backoff !== undefined && !(typeof backoff === "number" && backoff >= 1)) {
    map.complain("backoff", { code: "step/bad-value", message: "backoff must be a number of at least 1" });
  }
  const [first, longest] = [map.durationMs("initial-interval"), map.durationMs("max-interval")];
  if (first !== undefined && longest !== undefined && first > longest)
    map.complain("initial-interval", {
      code: "step/bad-value",
      message: "initial-interval is longer than max-interval",
      hint: "leave `max-interval` out, or make it the longer one",
    });
  const found = {
    maxAttempts: map.count("max-attempts"),
    initialIntervalMs: first,
    maxIntervalMs: longest,
    backoff: typeof backoff === "number" && backoff >= 1 ? backoff : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/**
 * The whole policy of a step: its own, then the workflow's, then the defaults of its effect. The longest pause is at least the
 * first one, unless it is said beside it.
 */
export function parseRetry(reader: Reader, above: PartialRetry, effect: Effect): Retry {
  const own = readRetry(reader);
  const whole = { ...above, ...own };
  const first = whole.initialIntervalMs ?? FIRST_PAUSE_MS;
  const longest = own.initialIntervalMs === undefined ? whole.maxIntervalMs : own.maxIntervalMs;
  return {
    maxAttempts: whole.maxAttempts ?? (effect === "at-most-once" ? 1 : SAFE_ATTEMPTS),
    initialIntervalMs: first,
    maxIntervalMs: longest ?? Math.max(whole.maxIntervalMs ?? LONGEST_PAUSE_MS, first),
    backoff: whole.backoff ?? 2,
  };
}
