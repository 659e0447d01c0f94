import type { Client } from "@temporalio/client";

/** Every child that the newest execution of a run has started or asked for, ended or not. */
export async function listChildren(client: Client, run: string): Promise<readonly string[]> {
  const { events } = await client.workflow.getHandle(run).fetchHistory();
  const ids = (events ?? []).flatMap(
    (event) => event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId ?? [],
  );
  return [...new Set(ids)];
}
