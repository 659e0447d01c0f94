import { defaultPayloadConverter } from "@temporalio/common";
import { openArtifactStore } from "../artifacts/artifact-store.ts";
import type { StartArguments } from "../plan/messages.ts";
import type { Plan } from "../plan/plan.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { unpackPlan } from "./pack-plan.ts";
import { explainRunError } from "./run-errors.ts";

/** What a run was started with, its plan opened. Throws `DiagnosticError` `run/not-found`,
 * `artifact/missing`. */
export async function readStart(
  connected: Connected,
  run: string,
  storeDir: string,
): Promise<StartArguments & { readonly plan: Plan }> {
  try {
    const { events } = await withDeadline(connected, () => connected.client.workflow.getHandle(run).fetchHistory());
    const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const args = defaultPayloadConverter.fromPayload<StartArguments>(payload as never);
    return { ...args, plan: await unpackPlan(args.plan, openArtifactStore(storeDir)) };
  } catch (error) {
    throw explainRunError(run, error);
  }
}
