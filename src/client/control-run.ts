import { ApplicationFailure, WorkflowUpdateFailedError } from "@temporalio/client";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { CONTROL, type Control } from "../plan/messages.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { findPart } from "./find-part.ts";
import { explainRunError } from "./run-errors.ts";
import { updateRun } from "./update-run.ts";
import { shellWord } from "../plan/shell-word.ts";

/** Pauses, resumes, or skips a step. Throws `DiagnosticError` with the run's own refusal (`control/…`), and as `updateRun` does. */
export async function controlRun(
  connected: Connected,
  run: string,
  control: Control,
): Promise<{ readonly run: string; readonly status: string }> {
  try {
    return await updateRun(connected, run, { name: CONTROL, input: control });
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      const { step } = control;
      const mayBeInside = error.cause.type === "control/unknown-step" && step !== undefined;
      const part = mayBeInside ? await findPart(connected, run, step) : undefined;
      if (part !== undefined) return await controlRun(connected, part, control);
      throw new DiagnosticError([
        {
          code: error.cause.type ?? "control/refused",
          severity: "error",
          message: error.cause.message,
          hint: `see its state with \`aiworkflow show ${shellWord(run)}\``,
        },
      ]);
    }
    throw error;
  }
}

/** Ends a run by force: nothing is undone, nothing is told. Throws `DiagnosticError` `run/not-found`. */
export async function terminateRun(connected: Connected, run: string, reason: string): Promise<void> {
  const handle = connected.client.workflow.getHandle(run);
  await withDeadline(connected, () => handle.terminate(reason)).catch((error: unknown) => {
    throw explainRunError(run, error);
  });
}
