import { PART_WORKFLOW } from "../plan/messages.ts";
import { STATUS_ATTRIBUTE } from "../plan/search-attributes.ts";
import { type Connected, withDeadline } from "./connect-client.ts";

/** Deletes runs that ended before a moment, and the parts of their loops; gives the ids of the runs. `dryRun` deletes none. */
export async function deleteRuns(
  connected: Connected,
  { endedBefore, dryRun }: { readonly endedBefore: Date; readonly dryRun: boolean },
): Promise<readonly string[]> {
  const { client, target } = connected;
  const ours = `(${STATUS_ATTRIBUTE} IS NOT NULL OR WorkflowType = '${PART_WORKFLOW}')`;
  const query = `${ours} AND ExecutionStatus != 'Running' AND CloseTime < '${endedBefore.toISOString()}'`;
  const found: { readonly workflowId: string; readonly runId: string }[] = [];
  const runs = new Set<string>();
  for await (const { workflowId, runId, type } of client.workflow.list({ query })) {
    found.push({ workflowId, runId });
    if (type !== PART_WORKFLOW) runs.add(workflowId);
  }
  if (!dryRun) {
    for (const workflowExecution of found)
      await withDeadline(connected, () =>
        client.workflowService.deleteWorkflowExecution({ namespace: target.namespace, workflowExecution }),
      );
  }
  return [...runs];
}
