import {
  isGrpcDeadlineError,
  isGrpcServiceError,
  ServiceError,
  type WorkflowExecutionDescription,
} from "@temporalio/client";
import { type Connected, withDeadline } from "./connect-client.ts";
import { explainLateness, explainSilence, isUnpolled } from "./explain-silence.ts";
import { explainRunError } from "./run-errors.ts";

/** A worker that has forgotten an ended run goes through its whole history before it answers. */
const PATIENCE_MS = 60_000;

/** What the server knows of a run, and what the run says, or why one that has ended cannot say anything. */
export type Answered<T> = { readonly description: WorkflowExecutionDescription } & (
  | { readonly answer: T }
  | { readonly error: unknown }
);

/**
 * Asks a run, longer where it has ended. `ask` is given the time it may take, in ms; undefined: the usual. Throws `DiagnosticError`
 * `run/not-found`, `run/stuck` where the server knows why the run does not answer, and `run/no-answer` where it is late.
 */
export async function askPatiently<T>(
  connected: Connected,
  run: string,
  ask: (timeoutMs?: number) => Promise<T>,
): Promise<Answered<T>> {
  try {
    const [asked, description] = await Promise.all([
      settle(ask()),
      withDeadline(connected, () => connected.client.workflow.getHandle(run).describe()),
    ]);
    if ("answer" in asked) return { description, ...asked };
    const silence = await explainSilence(connected, description, asked.error).catch(() => undefined);
    if (description.closeTime === undefined) throw silence ?? explainLateness(run, asked.error);
    const mayAnswer = silence === undefined && (isGrpcDeadlineError(asked.error) || isCancelled(asked.error));
    const late = mayAnswer ? await settle(ask(PATIENCE_MS)) : asked;
    if ("error" in late && isPassing(late.error))
      throw (await explainSilence(connected, description, late.error).catch(() => undefined)) ?? late.error;
    return { description, ...late };
  } catch (error) {
    throw explainRunError(run, error);
  }
}

function settle<T>(asked: Promise<T>): Promise<{ readonly answer: T } | { readonly error: unknown }> {
  return asked.then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  );
}

/** True where only the server or the workers are away: the run can answer for itself later. */
function isPassing(error: unknown): boolean {
  return isUnpolled(error) || AWAY.has(codeOf(error) ?? 0);
}

/** The server has much to do, and breaks a call off. */
function isCancelled(error: unknown): boolean {
  return codeOf(error) === CANCELLED;
}

function codeOf(error: unknown): number | undefined {
  const cause: unknown = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) ? cause.code : undefined;
}

/** gRPC's numbers. */
const CANCELLED = 1;
/** Cancelled, resource exhausted, unavailable. */
const AWAY = new Set<number>([CANCELLED, 8, 14]);
