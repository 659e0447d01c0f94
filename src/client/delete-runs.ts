import { PART_WORKFLOW } from "../plan/messages.ts";
import { STATUS_ATTRIBUTE } from "../plan/search-attributes.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { listExecutions } from "./list-executions.ts";

/** In gRPC. */
const NOT_FOUND = 5;

/**
 * Deletes runs that ended before a moment, and the parts of their loops; gives the ids of the runs. What belongs to a run that lives
 * or ended later stays: earlier histories of it, its child runs, parts of its loops. `dryRun` deletes none.
 */
export async function deleteRuns(
  connected: Connected,
  { endedBefore, dryRun }: { readonly endedBefore: Date; readonly dryRun: boolean },
): Promise<readonly string[]> {
  const { client, target } = connected;
  const ours = `(${STATUS_ATTRIBUTE} IS NOT NULL OR WorkflowType = '${PART_WORKFLOW}')`;
  const moment = `'${endedBefore.toISOString()}'`;
  const kept = new Set<string>();
  const later = `${ours} AND (ExecutionStatus = 'Running' OR CloseTime >= ${moment})`;
  for await (const { workflowId } of listExecutions(connected, later)) kept.add(workflowId);
  const found: { readonly workflowId: string; readonly runId: string }[] = [];
  const runs = new Set<string>();
  const ended = `${ours} AND ExecutionStatus != 'Running' AND CloseTime < ${moment}`;
  for await (const { workflowId, runId, type } of listExecutions(connected, ended)) {
    if (belongsTo(kept, workflowId)) continue;
    found.push({ workflowId, runId });
    if (type !== PART_WORKFLOW) runs.add(workflowId);
  }
  if (!dryRun) {
    for (const workflowExecution of found)
      await withDeadline(connected, () =>
        client.workflowService.deleteWorkflowExecution({ namespace: target.namespace, workflowExecution }),
      ).catch((error: { readonly code?: unknown }) => {
        // Somebody else deletes, too.
        if (error.code !== NOT_FOUND) throw error;
      });
  }
  return [...runs];
}

/** True for one of the runs, and for what was started by one: `RUN.STEP`, `RUN.LOOP[0..199]`. */
function belongsTo(runs: ReadonlySet<string>, id: string): boolean {
  if (runs.has(id)) return true;
  for (let dot = id.indexOf("."); dot >= 0; dot = id.indexOf(".", dot + 1)) if (runs.has(id.slice(0, dot))) return true;
  return false;
}
