import type { RunStatus } from "./report.ts";

/** Where a run can stand, in the order in which people think of them. */
export const RUN_STATUSES: readonly RunStatus[] = [
  "running",
  "waiting",
  "paused",
  "completed",
  "failed",
  "cancelled",
  "compensated",
  "compensation-incomplete",
  "outcome-unknown",
];

/** True while only people, timers or signals can move a run on. */
export function isIdle(status: RunStatus): boolean {
  return status === "waiting" || status === "paused";
}

/** True once a run has ended. */
export function isEndState(status: RunStatus): boolean {
  return status !== "running" && status !== "waiting" && status !== "paused";
}
