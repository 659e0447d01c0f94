import { ApplicationFailure, WorkflowUpdateFailedError } from "@temporalio/client";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { DECIDE, type Decision, type DecisionResult } from "../plan/messages.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { explainRunError } from "./run-errors.ts";

const DECIDE_TIMEOUT_MS = 30_000;

/**
 * Gives a person's answer. Throws `DiagnosticError` with the run's own refusal (`approval/…`), or `run/not-found`.
 * A deadline does not mean that the vote was not counted: it may land when a worker appears.
 */
export async function decide(
  connected: Connected,
  request: Decision & { readonly run: string },
): Promise<DecisionResult> {
  const { run, ...decision } = request;
  const handle = connected.client.workflow.getHandle(run);
  try {
    return await withDeadline(
      connected,
      () => handle.executeUpdate<DecisionResult, [Decision]>(DECIDE, { args: [decision] }),
      DECIDE_TIMEOUT_MS,
    );
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      throw new DiagnosticError([
        {
          code: error.cause.type ?? "approval/refused",
          severity: "error",
          message: error.cause.message,
          hint: "`aiworkflow approvals list` shows what waits, and for whom",
        },
      ]);
    }
    throw explainRunError(run, error);
  }
}
