import { WorkflowNotFoundError } from "@temporalio/client";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { CONCURRENCY_WORKFLOW, PLACE_HOLDER, PLACE_WANTED, placeId, type PlaceRequest } from "../plan/messages.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { readEvents } from "./read-history.ts";

/** The place that a run had in a concurrency group, and gave back at its end. */
export interface FormerPlace extends PlaceRequest {
  readonly group: string;
  readonly taskQueue: string;
}

/** The place that the run asked for when it began; undefined where its workflow has no concurrency group. */
export async function findPlace(connected: Connected, run: string): Promise<FormerPlace | undefined> {
  const { client } = connected;
  const {
    raw,
    runId: newest,
    taskQueue,
  } = await withDeadline(connected, () => client.workflow.getHandle(run).describe());
  const events = await readEvents(connected, run, raw.workflowExecutionInfo?.firstRunId ?? newest);
  for (const { activityTaskScheduledEventAttributes: asked } of events) {
    if (asked?.activityType?.name !== "ask-for-place") continue;
    const data = asked.input?.payloads?.[0]?.data ?? new Uint8Array();
    const { group, runId, cancelInProgress } = JSON.parse(Buffer.from(data).toString("utf8")) as FormerPlace;
    return { group, run, runId, cancelInProgress, taskQueue };
  }
  return undefined;
}

/** Throws `DiagnosticError` `run/place-taken` where another run has the place and is not to be cancelled for this one. */
export async function refuseTakenPlace(connected: Connected, place: FormerPlace): Promise<void> {
  if (place.cancelInProgress) return;
  const { workflow } = connected.client;
  const holder = await withDeadline(connected, () =>
    workflow.getHandle(placeId(place.group)).query<PlaceRequest | null>(PLACE_HOLDER),
  ).catch(nobody);
  if (holder === null || holder.runId === place.runId) return;
  const held = await withDeadline(connected, () => workflow.getHandle(holder.run).describe()).catch(nobody);
  if (held === null || held.status.name !== "RUNNING") return;
  throw new DiagnosticError([
    createDiagnostic({
      code: "run/place-taken",
      message: `${holder.run} works in the concurrency group ${place.group} of ${place.run}`,
    }),
  ]);
}

/** Puts a run that goes on already into the line again: nobody else begins until it has ended. */
export async function retakePlace(connected: Connected, place: FormerPlace): Promise<void> {
  const { run, runId, cancelInProgress, group, taskQueue } = place;
  const request: PlaceRequest = { run, runId, cancelInProgress };
  await withDeadline(connected, () =>
    connected.client.workflow.signalWithStart(CONCURRENCY_WORKFLOW, {
      workflowId: placeId(group),
      taskQueue,
      signal: PLACE_WANTED,
      signalArgs: [request],
    }),
  );
}

function nobody(error: unknown): null {
  if (error instanceof WorkflowNotFoundError) return null;
  throw error;
}
