import { randomUUID } from "node:crypto";
import { WorkflowNotFoundError } from "@temporalio/client";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { BEGUN_AGAIN } from "../plan/messages.ts";
import type { RunReport } from "../plan/report.ts";
import { WAITING_ATTRIBUTE } from "../plan/search-attributes.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { stopRun } from "./stop-run.ts";
import { findPlace, refuseTakenPlace, retakePlace } from "./take-place.ts";
import { readReport } from "./read-report.ts";

/** Signals and Updates after the point are not applied again: an old vote must not answer a new question. */
const EXCLUDE_SIGNALS = 1;
const EXCLUDE_UPDATES = 2;

type HistoryEvent = NonNullable<
  Awaited<ReturnType<ReturnType<Connected["client"]["workflow"]["getHandle"]>["fetchHistory"]>>["events"]
>[number];

/** A point in a run's history. */
interface Point {
  /** Temporal's id of the execution in which it lies. */
  readonly runId: string;
  readonly eventId: HistoryEvent["eventId"];
  /** The step that begins there: the one asked for, or the first after it that leaves a mark in history. */
  readonly step: string;
  /** Steps beside it that were under way then and begin again as well. */
  readonly again: readonly string[];
}

/** Finds where a step began. Throws `DiagnosticError` `run/no-such-step`, `run/not-found`. */
export async function findPoint(connected: Connected, run: string, step: string): Promise<Point> {
  const { steps } = await readReport(connected, run);
  const at = steps.findIndex(({ path, id }) => path === step || id === step);
  if (at < 0) throw noStep(run, step, steps);
  const candidates = steps.slice(at).map(({ path }) => path);
  const { client } = connected;
  let runId = (await withDeadline(connected, () => client.workflow.getHandle(run).describe())).runId;
  for (;;) {
    const id = runId;
    const { events = [] } = await withDeadline(connected, () => client.workflow.getHandle(run, id).fetchHistory());
    const found = findEvent(run, events ?? [], candidates);
    if (found !== undefined) return { runId, ...found };
    const before = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    if (!before) throw noStep(run, step, steps);
    runId = before;
  }
}

/**
 * Begins again at a point: a reset. What has ended before it stays. Throws `DiagnosticError` `run/place-taken` where another run of
 * its concurrency group works.
 */
export async function rerunFrom(connected: Connected, run: string, point: Point): Promise<void> {
  const { client, target } = connected;
  const place = await findPlace(connected, run);
  if (place !== undefined) await refuseTakenPlace(connected, place);
  // A reset leaves children of the old execution behind, and their ids are taken while they live.
  await stopRun(connected, run, `${run} runs again from ${point.step}`);
  await withDeadline(connected, () =>
    client.workflowService.resetWorkflowExecution({
      namespace: target.namespace,
      workflowExecution: { workflowId: run, runId: point.runId },
      reason: `rerun from ${point.step}`,
      workflowTaskFinishEventId: point.eventId ?? null,
      requestId: randomUUID(),
      resetReapplyExcludeTypes: [EXCLUDE_SIGNALS, EXCLUDE_UPDATES],
    }),
  );
  await withDeadline(connected, () => client.workflow.getHandle(run).signal(BEGUN_AGAIN)).catch((error: unknown) => {
    // It may have ended by now.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
  if (place !== undefined) await retakePlace(connected, place);
}

function findEvent(
  run: string,
  events: readonly HistoryEvent[],
  candidates: readonly string[],
): Omit<Point, "runId"> | undefined {
  for (const step of candidates) {
    const at = events.findIndex((event) => beginsStep(run, event, step));
    if (at < 0) continue;
    const event = events[at] as HistoryEvent;
    const eventId =
      event.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId ??
      event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowTaskCompletedEventId ??
      event.upsertWorkflowSearchAttributesEventAttributes?.workflowTaskCompletedEventId;
    return { eventId, step, again: openAt(events.slice(0, at), step, run) };
  }
  return undefined;
}

function beginsStep(run: string, event: HistoryEvent, step: string): boolean {
  const activity = event.activityTaskScheduledEventAttributes?.activityId;
  if (activity != null) return isOf(activity, step);
  const child = event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId;
  if (child != null) return isOf(child.slice(run.length + 1), step);
  const waiting =
    event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields?.[WAITING_ATTRIBUTE]?.data;
  if (waiting == null) return false;
  const paths = JSON.parse(Buffer.from(waiting).toString("utf8")) as readonly string[] | null;
  return (paths ?? []).some((path) => isOf(path, step));
}

/** True for an activity or child run of the step: of itself, of an item, of a part of its items, of a child, of a turn. */
function isOf(activity: string, step: string): boolean {
  return activity === step || (activity.startsWith(step) && "[./".includes(activity[step.length] as string));
}

/** Activities and child runs under way at the end of these events that do not belong to the step. */
function openAt(events: readonly HistoryEvent[], step: string, run: string): readonly string[] {
  const open = new Map<string, string>();
  for (const event of events) {
    const activity = event.activityTaskScheduledEventAttributes?.activityId;
    const child = event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId;
    const begun = activity ?? child?.slice(run.length + 1);
    if (begun != null) open.set(String(event.eventId), begun);
    const ended =
      event.activityTaskCompletedEventAttributes?.scheduledEventId ??
      event.activityTaskFailedEventAttributes?.scheduledEventId ??
      event.activityTaskCanceledEventAttributes?.scheduledEventId ??
      event.activityTaskTimedOutEventAttributes?.scheduledEventId ??
      event.startChildWorkflowExecutionFailedEventAttributes?.initiatedEventId ??
      event.childWorkflowExecutionCompletedEventAttributes?.initiatedEventId ??
      event.childWorkflowExecutionFailedEventAttributes?.initiatedEventId ??
      event.childWorkflowExecutionCanceledEventAttributes?.initiatedEventId ??
      event.childWorkflowExecutionTimedOutEventAttributes?.initiatedEventId ??
      event.childWorkflowExecutionTerminatedEventAttributes?.initiatedEventId;
    if (ended != null) open.delete(String(ended));
  }
  return [...open.values()].filter((path) => !isOf(path, step));
}

function noStep(run: string, step: string, steps: RunReport["steps"]): DiagnosticError {
  return new DiagnosticError([
    createDiagnostic({
      code: "run/no-such-step",
      message: `${run} cannot begin again at ${step}: it has no such step, or that never began`,
      expected: steps.map(({ path }) => path).join(", "),
    }),
  ]);
}
