import { ServiceError, type WorkflowExecutionDescription } from "@temporalio/client";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { cutText } from "../plan/text-size.ts";
import { type Connected, withDeadline } from "./connect-client.ts";

/** The number of workflow tasks in Temporal's API of task queues. */
const WORKFLOW_TASKS = 1;
const MAX_REASON_CHARACTERS = 500;

/**
 * Why a run does not answer, as far as the server can tell: `DiagnosticError` `run/stuck`; undefined where it is only slow. `error`
 * is what the server has said to the question.
 */
export async function explainSilence(
  connected: Connected,
  { workflowId: run, taskQueue, raw, closeTime }: WorkflowExecutionDescription,
  error?: unknown,
): Promise<DiagnosticError | undefined> {
  const attempt = raw.pendingWorkflowTask?.attempt ?? 0;
  const reason = attempt > 1 ? await findReason(connected, run) : undefined;
  if (reason !== undefined)
    return stuck(
      `${run} cannot go on: its workflow task has failed ${attempt - 1} times and is tried again. ${reason}`,
      "a worker of the version that began it, or a mended one, goes on with it; `aiworkflow terminate` ends it",
    );
  // The server names pollers for minutes after they have gone, but knows sooner that nobody will answer.
  if (!isUnpolled(error) && (await isPolled(connected, taskQueue))) return undefined;
  const what = closeTime === undefined ? "cannot go on" : "has ended, but cannot tell of itself";
  return stuck(
    `${run} ${what}: no worker takes tasks from the queue “${taskQueue}”`,
    "start `aiworkflow dev` or `aiworkflow worker` in the project of the run",
  );
}

/** Whether the server says that no worker is there who could answer. */
export function isUnpolled(error: unknown): boolean {
  return error instanceof ServiceError && /no poller/i.test(String(error.cause));
}

/** What the last failed workflow task said. */
async function findReason(connected: Connected, run: string): Promise<string | undefined> {
  const { client, target } = connected;
  const { history } = await withDeadline(connected, () =>
    client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: target.namespace,
      execution: { workflowId: run },
      maximumPageSize: 20,
    }),
  );
  const failed = history?.events?.find((event) => event.workflowTaskFailedEventAttributes != null);
  const message = failed?.workflowTaskFailedEventAttributes?.failure?.message;
  return message == null ? undefined : cutText(message, MAX_REASON_CHARACTERS);
}

async function isPolled(connected: Connected, taskQueue: string): Promise<boolean> {
  const { client, target } = connected;
  const { pollers } = await withDeadline(connected, () =>
    client.workflowService.describeTaskQueue({
      namespace: target.namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: WORKFLOW_TASKS,
    }),
  );
  return (pollers ?? []).length > 0;
}

function stuck(message: string, hint: string): DiagnosticError {
  return new DiagnosticError([createDiagnostic({ code: "run/stuck", message, hint })]);
}
