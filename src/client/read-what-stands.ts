import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { findRollbacks } from "../history/find-rollbacks.ts";
import type { CarriedState } from "../plan/carried-state.ts";
import { askForState } from "./ask-for-state.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { explainRunError } from "./run-errors.ts";

/**
 * The state of a run, with what rollbacks of it have taken back. Throws `DiagnosticError` `run/not-found`, and `run/still-running`
 * while one of them is at work.
 */
export async function readWhatStands(connected: Connected, run: string): Promise<CarriedState> {
  const { client } = connected;
  try {
    const { newest } = await withDeadline(connected, () => findRollbacks(client, run));
    const state = await askForState(connected, run);
    if (newest.workflowId === run) return state;
    if (newest.status.name === "RUNNING") {
      const message = `${newest.workflowId} takes back what ${run} has done, and has not ended`;
      throw new DiagnosticError([createDiagnostic({ code: "run/still-running", message })]);
    }
    const { undoLog } = await askForState(connected, newest.workflowId);
    return { ...state, undoLog };
  } catch (error) {
    throw explainRunError(run, error);
  }
}
