// What a past run says of itself: its start arguments, its state, what has been taken back of it, which children it left.
// Read over a client of Temporal's, by whoever has one: the room `client` and activities. Start here; one file a question.
import type { Client } from "@temporalio/client";
import { defaultPayloadConverter } from "@temporalio/common";
import type { StartArguments } from "../plan/messages.ts";

/** What the newest execution of a run was started with. Rejects with `WorkflowNotFoundError`. */
export async function readArguments(client: Client, run: string): Promise<StartArguments> {
  const { runId } = await client.workflow.getHandle(run).describe();
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: run, runId },
    maximumPageSize: 1,
  });
  const [payload] = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return defaultPayloadConverter.fromPayload<StartArguments>(payload as never);
}
