/** How urgent an alert is. */
export type AlertLevel = "INFO" | "WARNING" | "CRITICAL";

/** The level of a share of a budget: from 80 % on a warning, from 95 % on critical. */
export function alertLevel(share: number): AlertLevel {
  if (share >= 0.95) return "CRITICAL";
  return share >= 0.8 ? "WARNING" : "INFO";
}
