import { Context } from "@temporalio/activity";
import type { ActivityCall } from "../plan/activity.ts";
import { CONCURRENCY_WORKFLOW, PLACE_WANTED, placeId, type PlaceRequest } from "../plan/messages.ts";
import type { ActivityHandler } from "./activity-context.ts";

/** A run that wants a place in a concurrency group. */
export type PlaceCall = ActivityCall & PlaceRequest & { readonly group: string };

/** Puts the run into the line of its group, whose keeper starts with the first one. */
export const askForPlace: ActivityHandler<PlaceCall, object> = async ({ group, run, runId, cancelInProgress }) => {
  const activity = Context.current();
  const request: PlaceRequest = { run, runId, cancelInProgress };
  await activity.client.workflow.signalWithStart(CONCURRENCY_WORKFLOW, {
    workflowId: placeId(group),
    taskQueue: activity.info.taskQueue,
    signal: PLACE_WANTED,
    signalArgs: [request],
  });
  return {};
};
