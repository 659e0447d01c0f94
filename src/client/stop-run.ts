import { WorkflowNotFoundError } from "@temporalio/client";
import { listChildren } from "../history/list-children.ts";
import { type Connected, withDeadline } from "./connect-client.ts";

/**
 * Ends a run and its children by force, parents first, so that none can start another one meanwhile. What has ended already
 * is passed over, but not its children: they may still clean up.
 */
export async function stopRun(connected: Connected, run: string, reason: string): Promise<void> {
  const { client } = connected;
  const isThere = await withDeadline(connected, () => client.workflow.getHandle(run).terminate(reason)).then(
    () => true,
    async (error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      return await exists(connected, run);
    },
  );
  if (!isThere) return;
  for (const child of await withDeadline(connected, () => listChildren(client, run)))
    await stopRun(connected, child, reason);
}

function exists(connected: Connected, run: string): Promise<boolean> {
  return withDeadline(connected, () => connected.client.workflow.getHandle(run).describe()).then(
    () => true,
    (error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    },
  );
}
