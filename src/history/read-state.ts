import type { Client } from "@temporalio/client";
import type { CarriedState } from "../plan/carried-state.ts";
import { STATE } from "../plan/messages.ts";

/** The state of a run, live or ended. Needs a worker that polls. Rejects with `WorkflowNotFoundError`. */
export function readState(client: Client, run: string): Promise<CarriedState> {
  return client.workflow.getHandle(run).query<CarriedState>(STATE);
}
