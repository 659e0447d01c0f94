import {
  isGrpcDeadlineError,
  QueryNotRegisteredError,
  ServiceError,
  type WorkflowExecutionDescription,
} from "@temporalio/client";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { cutText } from "../plan/text-size.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { readPollers } from "./read-pollers.ts";

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
  if (!isUnpolled(error) && (await readPollers(connected, taskQueue, "workflows")).length > 0) return undefined;
  const what = closeTime === undefined ? "cannot go on" : "has ended, but cannot tell of itself";
  return stuck(
    `${run} ${what}: no worker takes tasks from the queue “${taskQueue}”`,
    "start `aiworkflow dev` or `aiworkflow worker` in the project of the run",
  );
}

/** Says of a run that is only slow, or has not come to answer, that it is so; gives every other error back unchanged. */
export function explainLateness(run: string, error: unknown): unknown {
  if (error instanceof QueryNotRegisteredError)
    return noAnswer(`${run} cannot answer yet: a worker that takes steps has to fetch its plan first, or its state`);
  return isGrpcDeadlineError(error) ? noAnswer(`${run} has not answered in time`) : error;
}

function noAnswer(message: string): DiagnosticError {
  return new DiagnosticError([createDiagnostic({ code: "run/no-answer", message })]);
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

function stuck(message: string, hint: string): DiagnosticError {
  return new DiagnosticError([createDiagnostic({ code: "run/stuck", message, hint })]);
}
