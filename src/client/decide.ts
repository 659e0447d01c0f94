import { ApplicationFailure, WorkflowUpdateFailedError } from "@temporalio/client";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { DECIDE, type Decision, type DecisionResult } from "../plan/messages.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { findPart } from "./find-part.ts";
import { explainRunError } from "./run-errors.ts";

const DECIDE_TIMEOUT_MS = 30_000;

/** With these a run refuses a vote that may be meant for a part of one of its loops. */
const ASKED_ELSEWHERE: ReadonlySet<string> = new Set(["approval/not-waiting", "approval/which-step"]);

/**
 * Gives a person's answer; one to an item of a long loop goes on to the part that asks. Throws `DiagnosticError` with the run's own refusal (`approval/…`), or `run/not-found`.
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
      const mayBeInside = ASKED_ELSEWHERE.has(error.cause.type ?? "");
      const part = mayBeInside ? await findPart(connected, run, decision.step) : undefined;
      if (part !== undefined) return decide(connected, { ...decision, run: part });
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
