import { type Connected, withDeadline } from "./connect-client.ts";
import { explainRunError } from "./run-errors.ts";

/** Asks a run to stop cleanly: its steps are told, and it ends `cancelled`. Throws `DiagnosticError` `run/not-found`. */
export async function cancelRun(connected: Connected, run: string): Promise<void> {
  const handle = connected.client.workflow.getHandle(run);
  await withDeadline(connected, () => handle.cancel()).catch((error: unknown) => {
    throw explainRunError(run, error);
  });
}
