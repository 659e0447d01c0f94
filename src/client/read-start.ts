import { openArtifactStore } from "../artifacts/artifact-store.ts";
import { readArguments } from "../history/read-arguments.ts";
import type { StartArguments } from "../plan/messages.ts";
import type { Plan } from "../plan/plan.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { unpackPlan } from "./pack-plan.ts";
import { explainRunError } from "./run-errors.ts";

/** What a run was started with, its plan opened. Throws `DiagnosticError` `run/not-found`, `artifact/missing`. */
export async function readStart(
  connected: Connected,
  run: string,
  storeDir: string,
): Promise<StartArguments & { readonly plan: Plan }> {
  try {
    const args = await withDeadline(connected, () => readArguments(connected.client, run));
    return { ...args, plan: await unpackPlan(args.plan, openArtifactStore(storeDir)) };
  } catch (error) {
    throw explainRunError(run, error);
  }
}
