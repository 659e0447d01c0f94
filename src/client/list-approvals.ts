import type { ApprovalReport } from "../plan/report.ts";
import { WAITING_ATTRIBUTE } from "../plan/search-attributes.ts";
import type { Connected } from "./connect-client.ts";
import { listExecutions } from "./list-executions.ts";
import { readReport } from "./read-report.ts";

/** A question that waits, with its run. */
export type OpenApproval = ApprovalReport & { readonly run: string };

/** What waits for people, and which runs should say but cannot. */
export interface OpenApprovals {
  /** Oldest first. */
  readonly approvals: readonly OpenApproval[];
  readonly silent: readonly { readonly run: string; readonly reason: string }[];
}

/** How many runs are asked at once. */
const AT_ONCE = 20;

/** Every question that waits for people on this server. Needs a worker that polls. */
export async function listApprovals(connected: Connected): Promise<OpenApprovals> {
  const query = `ExecutionStatus = 'Running' AND ${WAITING_ATTRIBUTE} IS NOT NULL`;
  const runs: string[] = [];
  for await (const { workflowId } of listExecutions(connected, query)) runs.push(workflowId);
  const approvals: OpenApproval[] = [];
  const silent: { run: string; reason: string }[] = [];
  const ask = async (run: string): Promise<void> => {
    try {
      const report = await readReport(connected, run);
      for (const one of report.approvals)
        if (one.status === "pending" && one.run === undefined) approvals.push({ ...one, run });
    } catch (error) {
      silent.push({ run, reason: error instanceof Error ? error.message : String(error) });
    }
  };
  while (runs.length > 0) await Promise.all(runs.splice(0, AT_ONCE).map(ask));
  approvals.sort((a, b) => a.requestedAt.localeCompare(b.requestedAt));
  return { approvals, silent };
}
