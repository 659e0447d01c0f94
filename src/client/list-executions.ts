import type { WorkflowExecutionInfo } from "@temporalio/client";
import { type Connected, withDeadline } from "./connect-client.ts";

/** The executions that a query of the server finds; each page has a deadline of its own. */
export async function* listExecutions(connected: Connected, query: string): AsyncGenerator<WorkflowExecutionInfo> {
  const found = connected.client.workflow.list({ query })[Symbol.asyncIterator]();
  for (;;) {
    const next = await withDeadline(connected, () => found.next());
    if (next.done) return;
    yield next.value;
  }
}
