import type { CallLimits } from "../../plan/plan.ts";
import { checkKeys, type Reader } from "../reader.ts";

/** `concurrency: 3` and `rate: { requests-per-minute: 60 }`, of a tool or of one operation. */
export function parseCallLimits(reader: Reader): CallLimits | undefined {
  const concurrency = reader.count("concurrency");
  const rate = reader.map("rate");
  if (rate !== undefined) checkKeys(rate, { known: ["requests-per-minute"], unknownCode: "config/unknown-key" });
  const perMinute = rate?.count("requests-per-minute");
  if (concurrency === undefined && perMinute === undefined) return undefined;
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(perMinute === undefined ? {} : { perMinute }),
  };
}
