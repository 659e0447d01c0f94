import { randomUUID } from "node:crypto";
import { WorkflowNotFoundError } from "@temporalio/client";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { BEGUN_AGAIN, RUNS_AGAIN } from "../plan/messages.ts";
import type { RunReport } from "../plan/report.ts";
import { WAITING_ATTRIBUTE } from "../plan/search-attributes.ts";
import { stepPathOf } from "../plan/step-path.ts";
import { listTakenBack } from "../plan/taken-back.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { stopRun } from "./stop-run.ts";
import { findPlace, refuseTakenPlace, retakePlace } from "./take-place.ts";
import { type HistoryEvent, readEvents } from "./read-history.ts";
import { readReport } from "./read-report.ts";
import { readWhatStands } from "./read-what-stands.ts";

/** Signals and Updates after the point are not applied again: an old vote must not answer a new question. */
const EXCLUDE_SIGNALS = 1;
const EXCLUDE_UPDATES = 2;

/** A point in a run's history. */
interface Point {
  /** Temporal's id of the execution in which it lies. */
  readonly runId: string;
  readonly eventId: HistoryEvent["eventId"];
  /** The step that begins there: the one asked for, or the first after it that leaves a mark in history. */
  readonly step: string;
  /** Steps beside it that begin again as well: those under way then, and those that began since a child run did that was. */
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
    const events = await readEvents(connected, run, runId);
    const found = findEvent(run, events, candidates);
    if (found !== undefined) return { runId, ...found };
    const before = events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    if (!before) throw noStep(run, step, steps);
    runId = before;
  }
}

/**
 * Begins again at a point: a reset. What has ended before it stays. Throws `DiagnosticError` `run/place-taken` where another run of
 * its concurrency group works, `run/parent-waits`, and `run/taken-back`.
 */
export async function rerunFrom(connected: Connected, run: string, point: Point): Promise<void> {
  const { client, target } = connected;
  await refuseWaitingParent(connected, run);
  await refuseTakenBack(connected, run, point.step);
  const place = await findPlace(connected, run);
  if (place !== undefined) await refuseTakenPlace(connected, place);
  // A reset leaves children of the old execution behind, and their ids are taken while they live.
  await stopRun(connected, run, `${RUNS_AGAIN} ${point.step}`);
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

/** A reset keeps the results of what came before the point, though nothing stands of them any more. */
async function refuseTakenBack(connected: Connected, run: string, from: string): Promise<void> {
  const state = await readWhatStands(connected, run);
  const step = stepPathOf(from).split(".").at(-1);
  const beganAt = state.steps.find(({ id }) => id === step)?.beganAt ?? Infinity;
  const gone = listTakenBack(state).filter((entry) => entry.from < beganAt);
  if (gone.length === 0) return;
  const first = gone.reduce((one, other) => (other.from < one.from ? other : one));
  throw new DiagnosticError([
    createDiagnostic({
      code: "run/taken-back",
      message: `${run} cannot go on from ${from}: what it did before is taken back, first of all ${first.path}`,
      hint: `\`fork\` it: that does again what is taken back, under keys of its own; or begin again with --from ${first.path.split(/[.[]/, 1)[0]}`,
    }),
  ]);
}

/** The parent would see the end of the execution that a reset ends, not the next one. */
async function refuseWaitingParent(connected: Connected, run: string): Promise<void> {
  const describe = (id: string) => withDeadline(connected, () => connected.client.workflow.getHandle(id).describe());
  const { memo } = await describe(run);
  const parent = memo?.["parent"];
  if (typeof parent !== "string") return;
  const known = await describe(parent).catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  });
  if (known?.status.name !== "RUNNING") return;
  const message = `${run} is a child of ${parent}, which has not ended`;
  throw new DiagnosticError([createDiagnostic({ code: "run/parent-waits", message })]);
}

function findEvent(
  run: string,
  events: readonly HistoryEvent[],
  candidates: readonly string[],
): Omit<Point, "runId"> | undefined {
  for (const step of candidates) {
    const at = events.findIndex((event) => beginsStep(run, event, step));
    if (at < 0) continue;
    const eventId = taskOf(events[beforeChildren(events, at)] as HistoryEvent);
    const task = events.findIndex((event) => String(event.eventId) === String(eventId));
    const begun = events.slice(task, at).flatMap((event) => begunBy(event) ?? []);
    const again = new Set(
      [...openAt(events.slice(0, task)).map(({ id }) => id), ...begun].map((id) => pathOf(run, id)),
    );
    return { eventId, step, again: [...again].filter((path) => !isOf(path, step)) };
  }
  return undefined;
}

/**
 * A child run cannot be entered in its middle, and none is there any more: where one was under way, the point moves back to where it
 * began.
 */
function beforeChildren(events: readonly HistoryEvent[], at: number): number {
  for (let point = at; ;) {
    const child = openAt(events.slice(0, point)).find(
      (one) => events[one.at]?.startChildWorkflowExecutionInitiatedEventAttributes != null,
    );
    if (child === undefined) return point;
    point = child.at;
  }
}

/** The workflow task that asked for it. */
function taskOf(event: HistoryEvent): HistoryEvent["eventId"] {
  return (
    event.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId ??
    event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowTaskCompletedEventId ??
    event.upsertWorkflowSearchAttributesEventAttributes?.workflowTaskCompletedEventId
  );
}

/** Id of the activity or child run that the event begins. */
function begunBy(event: HistoryEvent): string | undefined {
  return (
    event.activityTaskScheduledEventAttributes?.activityId ??
    event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId ??
    undefined
  );
}

/** Child runs have ids `RUN.PATH`, activities their path. */
function pathOf(run: string, id: string): string {
  return id.startsWith(`${run}.`) ? id.slice(run.length + 1) : id;
}

function beginsStep(run: string, event: HistoryEvent, step: string): boolean {
  const id = begunBy(event);
  if (id !== undefined) return isOf(pathOf(run, id), step);
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

/** Activities and child runs under way at the end of these events, and where they began. */
function openAt(events: readonly HistoryEvent[]): readonly { readonly id: string; readonly at: number }[] {
  const open = new Map<string, { id: string; at: number }>();
  for (const [at, event] of events.entries()) {
    const id = begunBy(event);
    if (id !== undefined) open.set(String(event.eventId), { id, at });
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
  return [...open.values()];
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
