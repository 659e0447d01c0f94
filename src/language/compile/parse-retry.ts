import type { Effect } from "../../plan/plan.ts";
import type { Retry } from "../../plan/step.ts";
import { checkKeys, type Reader } from "../reader.ts";

const SAFE_ATTEMPTS = 3;

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
  const found = {
    maxAttempts: map.count("max-attempts"),
    initialIntervalMs: map.durationMs("initial-interval"),
    maxIntervalMs: map.durationMs("max-interval"),
    backoff: typeof backoff === "number" && backoff >= 1 ? backoff : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** The whole policy of a step: its own, then the workflow's, then the defaults of its effect. */
export function parseRetry(reader: Reader, above: PartialRetry, effect: Effect): Retry {
  return {
    maxAttempts: effect === "at-most-once" ? 1 : SAFE_ATTEMPTS,
    initialIntervalMs: 1000,
    maxIntervalMs: 60_000,
    backoff: 2,
    ...above,
    ...readRetry(reader),
  };
}
