import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { readState } from "../history/read-state.ts";
import type { CarriedState } from "../plan/carried-state.ts";
import { askPatiently } from "./ask-patiently.ts";
import { type Connected, withDeadline } from "./connect-client.ts";

/**
 * What a run has done, live or ended; a blank state where it ended before it began. Throws `DiagnosticError` `run/not-found`,
 * `run/stuck`, and `run/no-answer`.
 */
export async function askForState(connected: Connected, run: string): Promise<CarriedState> {
  const asked = await askPatiently(connected, run, (timeoutMs) =>
    readState(connected.client, run, (call) => withDeadline(connected, call, timeoutMs)),
  );
  if ("answer" in asked) return asked.answer;
  const why = asked.error instanceof Error ? asked.error.message : String(asked.error);
  throw new DiagnosticError([
    createDiagnostic({ code: "run/no-answer", message: `${run} cannot say what it has done: ${why}` }),
  ]);
}
