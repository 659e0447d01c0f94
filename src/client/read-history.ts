import type { History } from "../worker/replay-history.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { explainRunError } from "./run-errors.ts";

/** A history as the server tells it. */
type Page = NonNullable<
  Awaited<ReturnType<Connected["client"]["workflowService"]["getWorkflowExecutionHistory"]>>["history"]
>;

/** One event of a history. */
export type HistoryEvent = NonNullable<Page["events"]>[number];

/** The history of a run's latest execution. Throws `DiagnosticError` `run/not-found`. */
export async function readHistory(connected: Connected, run: string): Promise<History> {
  try {
    const { runId } = await withDeadline(connected, () => connected.client.workflow.getHandle(run).describe());
    return { events: await readEvents(connected, run, runId) };
  } catch (error) {
    throw explainRunError(run, error);
  }
}

/** The events of one execution, however many: each page has its own deadline. */
export async function readEvents(connected: Connected, run: string, runId: string): Promise<HistoryEvent[]> {
  const { client, target } = connected;
  const events: HistoryEvent[] = [];
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await withDeadline(connected, () =>
      client.workflowService.getWorkflowExecutionHistory({
        namespace: target.namespace,
        execution: { workflowId: run, runId },
        ...(nextPageToken === undefined ? {} : { nextPageToken }),
      }),
    );
    events.push(...(page.history?.events ?? []));
    nextPageToken = page.nextPageToken;
  } while (nextPageToken?.length);
  return events;
}
