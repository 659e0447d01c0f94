import type { Client } from "@temporalio/client";
import protobuf from "protobufjs/minimal.js";

/** Server's cause: none of the particular ones. */
const CAUSE_UNSPECIFIED = 0;

/** Fields of the server's task token that name a workflow task; see decisions/0016. */
const TOKEN = { namespaceId: 1, workflowId: 2, runId: 3, scheduledEventId: 4, attempt: 5, startedEventId: 10 };

/**
 * Fails a run's first workflow task if a dead worker holds it, and says whether one did, so that the server gives it to another
 * one now instead of after its timeout. No SDK tells the token of a task, so it is made from what the history says of it; a server that reads tokens
 * otherwise refuses it, and the timeout does the same later.
 */
export async function releaseWorkflowTask(
  client: Client,
  execution: { readonly workflowId: string; readonly runId: string },
  isDead: (identity: string | null | undefined) => boolean,
): Promise<boolean> {
  const { namespace } = client.options;
  const service = client.workflowService;
  const [{ history }, { namespaceInfo }] = await Promise.all([
    service.getWorkflowExecutionHistoryReverse({ namespace, execution, maximumPageSize: 1 }),
    service.describeNamespace({ namespace }),
  ]);
  const last = history?.events?.at(0);
  const started = last?.workflowTaskStartedEventAttributes;
  if (last === undefined || started == null || !isDead(started.identity)) return false;
  const taskToken = writeToken({
    namespaceId: namespaceInfo?.id ?? "",
    ...execution,
    scheduledEventId: Number(started.scheduledEventId),
    attempt: 1,
    startedEventId: Number(last.eventId),
  });
  await service.respondWorkflowTaskFailed({
    namespace,
    taskToken,
    cause: CAUSE_UNSPECIFIED,
    failure: {
      message: "the worker died while it thought about this run",
      applicationFailureInfo: { type: "worker/died" },
    },
    identity: "supervisor",
  });
  return true;
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
