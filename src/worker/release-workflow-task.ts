import type { Client, WorkflowExecutionDescription } from "@temporalio/client";
import protobuf from "protobufjs/minimal.js";

/** A run as the server describes it. */
export type Looked = Pick<WorkflowExecutionDescription, "workflowId" | "runId" | "raw">;

/** Whether a worker's process is gone, by the worker's name at the server. */
export type IsDead = (identity: string | null | undefined) => boolean;

/** Server's states of a workflow task: it waits for a worker; a worker has it. */
const [WAITS, STARTED] = [1, 2];
/** Server's kind of a task queue that is one worker's own. */
const STICKY = 2;
/** Server's cause: none of the particular ones. */
const CAUSE_UNSPECIFIED = 0;
const NEWEST_EVENTS = 100;
/** A task that waits is handed out at once; the server ends an empty poll a second before its deadline, of at least 2 s. */
const POLL_MS = 3000;

/** Fields of the server's task token that name a workflow task; see decisions/0016. */
const TOKEN = { namespaceId: 1, workflowId: 2, runId: 3, scheduledEventId: 4, attempt: 5, startedEventId: 10 };

/**
 * Fails a run's first workflow task if a dead worker has it, or if it waits in such a one's own queue, and says whether it does: so
 * the server gives it to another worker now instead of after its timeout.
 */
export async function releaseWorkflowTask(client: Client, looked: Looked, isDead: IsDead): Promise<boolean> {
  const state = Number(looked.raw.pendingWorkflowTask?.state);
  if (state === STARTED) return releaseStarted(client, looked, isDead);
  return state === WAITS && releaseWaiting(client, looked, isDead);
}

/** Whether the run may be in the memory of a dead worker: no living one is known to have done its last workflow task. */
export async function wasLastWithDead(client: Client, looked: Looked, isDead: IsDead): Promise<boolean> {
  return isLastOfDead(await newestEvents(client, looked, NEWEST_EVENTS), isDead);
}

/**
 * No SDK tells the token of a task, so it is made from what the history says of it; a server that reads tokens otherwise refuses it,
 * and the timeout does the same later.
 */
async function releaseStarted(client: Client, looked: Looked, isDead: IsDead): Promise<boolean> {
  const { namespace } = client.options;
  const [[last], { namespaceInfo }] = await Promise.all([
    newestEvents(client, looked, 1),
    client.workflowService.describeNamespace({ namespace }),
  ]);
  const started = last?.workflowTaskStartedEventAttributes;
  if (last === undefined || started == null || !isDead(started.identity)) return false;
  const taskToken = writeToken({
    namespaceId: namespaceInfo?.id ?? "",
    workflowId: looked.workflowId,
    runId: looked.runId,
    scheduledEventId: Number(started.scheduledEventId),
    attempt: 1,
    startedEventId: Number(last.eventId),
  });
  await failTask(client, taskToken);
  return true;
}

/** Nobody else polls the own queue of a dead worker: whoever polls it has the task, with its token. */
async function releaseWaiting(client: Client, looked: Looked, isDead: IsDead): Promise<boolean> {
  const events = await newestEvents(client, looked, NEWEST_EVENTS);
  const waiting = events.find(({ workflowTaskScheduledEventAttributes: scheduled }) => scheduled != null);
  const queue = waiting?.workflowTaskScheduledEventAttributes?.taskQueue;
  if (queue == null || Number(queue.kind) !== STICKY || !isLastOfDead(events, isDead)) return false;
  const { namespace } = client.options;
  const poll = () =>
    client.workflowService.pollWorkflowTaskQueue({ namespace, taskQueue: queue, identity: "supervisor" });
  const { taskToken, query } = await client.withDeadline(Date.now() + POLL_MS, poll);
  // A question goes to another worker by itself.
  if (query == null && taskToken.length > 0) await failTask(client, taskToken);
  return true;
}

type Events = Awaited<ReturnType<typeof newestEvents>>;

async function newestEvents(client: Client, { workflowId, runId }: Looked, maximumPageSize: number) {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize,
  });
  return history?.events ?? [];
}

function isLastOfDead(events: Events, isDead: IsDead): boolean {
  const last = events.find(({ workflowTaskCompletedEventAttributes: done }) => done != null);
  return last === undefined || isDead(last.workflowTaskCompletedEventAttributes?.identity);
}

async function failTask(client: Client, taskToken: Uint8Array): Promise<void> {
  await client.workflowService.respondWorkflowTaskFailed({
    namespace: client.options.namespace,
    taskToken,
    cause: CAUSE_UNSPECIFIED,
    failure: {
      message: "the worker died while it thought about this run",
      applicationFailureInfo: { type: "worker/died" },
    },
    identity: "supervisor",
  });
}

function writeToken(task: { readonly [Field in keyof typeof TOKEN]: string | number }): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const [field, number] of Object.entries(TOKEN) as [keyof typeof TOKEN, number][]) {
    const value = task[field];
    // A key of the wire format: the field's number, and 2 for text, 0 for a number.
    if (typeof value === "string") writer.uint32((number << 3) | 2).string(value);
    else writer.uint32(number << 3).int64(value);
  }
  return writer.finish();
}
