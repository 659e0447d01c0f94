import { ApplicationFailure, WorkflowUpdateFailedError } from "@temporalio/client";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { DECIDE, type Decision, type DecisionResult } from "../plan/messages.ts";
import type { Connected } from "./connect-client.ts";
import { findPart } from "./find-part.ts";
import { updateRun } from "./update-run.ts";

/** With these a run refuses a vote that may be meant for a part of one of its loops. */
const ASKED_ELSEWHERE: ReadonlySet<string> = new Set(["approval/not-waiting", "approval/which-step"]);

/**
 * Gives a person's answer; one to an item of a long loop goes on to the part that asks. Throws `DiagnosticError` with the run's own
 * refusal (`approval/…`), and as `updateRun` does: a vote that was not answered may land when a worker appears.
 */
export async function decide(
  connected: Connected,
  request: Decision & { readonly run: string },
): Promise<DecisionResult> {
  const { run, ...decision } = request;
  try {
    return await updateRun<DecisionResult>(connected, run, { name: DECIDE, input: decision });
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
    throw error;
  }
}
