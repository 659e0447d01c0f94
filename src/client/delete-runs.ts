import { STATUS_ATTRIBUTE } from "../plan/search-attributes.ts";
import { type Connected, withDeadline } from "./connect-client.ts";

/** Deletes runs that ended before a moment; gives their ids. `dryRun` deletes none. */
export async function deleteRuns(
  connected: Connected,
  { endedBefore, dryRun }: { readonly endedBefore: Date; readonly dryRun: boolean },
): Promise<readonly string[]> {
  const { client, target } = connected;
  const query = `${STATUS_ATTRIBUTE} IS NOT NULL AND ExecutionStatus != 'Running' AND CloseTime < '${endedBefore.toISOString()}'`;
  const found: { readonly workflowId: string; readonly runId: string }[] = [];
  for await (const { workflowId, runId } of client.workflow.list({ query })) found.push({ workflowId, runId });
  if (!dryRun) {
    for (const workflowExecution of found)
      await withDeadline(connected, () =>
        client.workflowService.deleteWorkflowExecution({ namespace: target.namespace, workflowExecution }),
      );
  }
  return [...new Set(found.map(({ workflowId }) => workflowId))];
}
