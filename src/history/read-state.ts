import { type Client, QueryNotRegisteredError } from "@temporalio/client";
import { blankState, type CarriedState } from "../plan/carried-state.ts";
import { STATE } from "../plan/messages.ts";
import type { Piece } from "../plan/pieces.ts";
import { joinState } from "../plan/state-pieces.ts";
import { readPieces } from "./read-pieces.ts";

/** A run that was ended before its first workflow task has fewer events than this. */
const MOST_EVENTS = 20;

/**
 * The state of a run, live or ended; a blank one where it ended before it opened: it has done nothing. Needs a worker that polls.
 * `inTime`: gives each call its deadline. Rejects with `WorkflowNotFoundError`.
 */
export async function readState(
  client: Client,
  run: string,
  inTime = <T>(call: () => Promise<T>): Promise<T> => call(),
): Promise<CarriedState> {
  const ask = (index: number) => inTime(() => client.workflow.getHandle(run).query<Piece, [number]>(STATE, index));
  try {
    return joinState([await readPieces(await ask(0), ask)]);
  } catch (error) {
    if (await inTime(() => hasNeverOpened(client, run, error))) return blankState();
    throw error;
  }
}

/** Whether a run that cannot tell its state was refused as it began, or was ended by force before it ever ran. */
async function hasNeverOpened(client: Client, run: string, error: unknown): Promise<boolean> {
  const { runId, closeTime } = await client.workflow.getHandle(run).describe();
  if (closeTime === undefined) return false;
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: run, runId },
    maximumPageSize: MOST_EVENTS,
  });
  const events = history?.events ?? [];
  // What a run has done before it went on in a new history stands in the arguments of that.
  if (events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId) return false;
  if (error instanceof QueryNotRegisteredError) return true;
  return !events.some(({ workflowTaskCompletedEventAttributes: done }) => done != null);
}
