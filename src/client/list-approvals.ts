import type { ApprovalReport } from "../plan/report.ts";
import { WAITING_ATTRIBUTE } from "../plan/search-attributes.ts";
import type { Connected } from "./connect-client.ts";
import { readReport } from "./read-report.ts";

/** A question that waits, with its run. */
export type OpenApproval = ApprovalReport & { readonly run: string };

/** Every question that waits for people on this server, oldest first. Needs a worker that polls. */
export async function listApprovals(connected: Connected): Promise<readonly OpenApproval[]> {
  const query = `ExecutionStatus = 'Running' AND ${WAITING_ATTRIBUTE} IS NOT NULL`;
  const open: OpenApproval[] = [];
  for await (const { workflowId } of connected.client.workflow.list({ query })) {
    const report = await readReport(connected, workflowId);
    for (const approval of report.approvals) {
      if (approval.status === "pending") open.push({ ...approval, run: workflowId });
    }
  }
  return open.sort((a, b) => a.requestedAt.localeCompare(b.requestedAt));
}
