import { reportApproval } from "./approvals.ts";
import type { RunState } from "./run-state.ts";

/** What was set aside for a next history that there will not be is cancelled: its steps, and their questions. */
export function giveUpSuspended(run: RunState): void {
  for (const request of run.approvals.values()) {
    if (request.status === "pending") request.status = "cancelled";
    run.closedApprovals.push(reportApproval(request));
  }
  run.approvals.clear();
  for (const state of run.steps.values()) {
    if (state.status !== "running" && state.status !== "waiting") continue;
    state.status = "cancelled";
    state.closedAtMs = Date.now();
  }
}
