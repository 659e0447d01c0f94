import { WorkflowUpdateRPCTimeoutOrCancelledError } from "@temporalio/client";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { explainSilence } from "./explain-silence.ts";
import { explainRunError } from "./run-errors.ts";

const TIMEOUT_MS = 30_000;
const MAY_COUNT = "what you asked for may still count";

/**
 * Asks something of a run by update and waits for its answer. Throws `WorkflowUpdateFailedError` with the run's own refusal, and
 * `DiagnosticError` `run/not-found`, `run/stuck` or `run/no-answer`: after the last two it may still count.
 */
export async function updateRun<Result>(
  connected: Connected,
  run: string,
  { name, input }: { readonly name: string; readonly input: object },
): Promise<Result> {
  const handle = connected.client.workflow.getHandle(run);
  try {
    const ask = () => handle.executeUpdate<Result, [object]>(name, { args: [input] });
    return await withDeadline(connected, ask, TIMEOUT_MS);
  } catch (error) {
    if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw explainRunError(run, error);
    throw await explainLateness(connected, run).catch((why: unknown) => explainRunError(run, why));
  }
}

async function explainLateness(connected: Connected, run: string): Promise<DiagnosticError> {
  const description = await withDeadline(connected, () => connected.client.workflow.getHandle(run).describe());
  const silence = await explainSilence(connected, description);
  const why = silence?.diagnostics ?? [
    createDiagnostic({ code: "run/no-answer", message: `${run} has not answered within ${TIMEOUT_MS / 1000} s` }),
  ];
  return new DiagnosticError(why.map((one) => ({ ...one, message: `${one.message}; ${MAY_COUNT}` })));
}
