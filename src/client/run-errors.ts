import { WorkflowNotFoundError } from "@temporalio/client";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";

/** Turns the server's "not found" into ours; gives every other error back unchanged. */
export function explainRunError(run: string, error: unknown): unknown {
  if (!(error instanceof WorkflowNotFoundError)) return error;
  return new DiagnosticError([
    {
      code: "run/not-found",
      severity: "error",
      message: `there is no run ${run} that this could be done with`,
      hint: "`aiworkflow list` shows all runs of this server",
    },
  ]);
}
