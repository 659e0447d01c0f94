import type { History } from "../worker/replay-history.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { explainRunError } from "./run-errors.ts";

/** The history of a run's latest execution. Throws `DiagnosticError` `run/not-found`. */
export async function readHistory(connected: Connected, run: string): Promise<History> {
  try {
    return await withDeadline(connected, () => connected.client.workflow.getHandle(run).fetchHistory());
  } catch (error) {
    throw explainRunError(run, error);
  }
}
