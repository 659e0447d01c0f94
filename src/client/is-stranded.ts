import { WorkflowNotFoundError } from "@temporalio/client";
import { type Connected, withDeadline } from "./connect-client.ts";
import { listStepWorkers } from "./read-pollers.ts";

/** Whether a run has not ended, and nobody takes steps from its queue. */
export async function isStranded(connected: Connected, run: string): Promise<boolean> {
  const describe = () => connected.client.workflow.getHandle(run).describe();
  const found = await withDeadline(connected, describe).catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  });
  if (found?.status.name !== "RUNNING") return false;
  return (await listStepWorkers(connected, found.taskQueue)).length === 0;
}
