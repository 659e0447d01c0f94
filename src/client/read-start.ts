import { defaultPayloadConverter } from "@temporalio/common";
import { openArtifactStore } from "../artifacts/artifact-store.ts";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { isArtifactRef } from "../plan/artifact.ts";
import type { StartArguments } from "../plan/messages.ts";
import type { Plan } from "../plan/plan.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { explainRunError } from "./run-errors.ts";

/** What a run was started with, its plan opened. Throws `DiagnosticError` `run/not-found`. */
export async function readStart(
  connected: Connected,
  run: string,
  storeDir: string,
): Promise<StartArguments & { readonly plan: Plan }> {
  try {
    const { events } = await withDeadline(connected, () => connected.client.workflow.getHandle(run).fetchHistory());
    const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const args = defaultPayloadConverter.fromPayload<StartArguments>(payload as never);
    const { plan } = args;
    if (!isArtifactRef(plan)) return { ...args, plan };
    const bytes = await openArtifactStore(storeDir).get(plan.$artifact);
    if (bytes === undefined)
      throw new DiagnosticError([
        createDiagnostic({ code: "artifact/missing", message: `the plan of ${run} is not in this project's store` }),
      ]);
    return { ...args, plan: JSON.parse(Buffer.from(bytes).toString("utf8")) as Plan };
  } catch (error) {
    throw explainRunError(run, error);
  }
}
