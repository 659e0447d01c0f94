import type { Client } from "@temporalio/client";
import type { CarriedState } from "../plan/carried-state.ts";
import { STATE } from "../plan/messages.ts";
import { joinState, type StatePiece } from "../plan/state-pieces.ts";

/** A run that changes while it is read is read again, so often. */
const MOST_TRIES = 20;

/** The state of a run, live or ended. Needs a worker that polls. Rejects with `WorkflowNotFoundError`. */
export async function readState(client: Client, run: string): Promise<CarriedState> {
  const handle = client.workflow.getHandle(run);
  for (let tries = 1; ; tries += 1) {
    const first = await handle.query<StatePiece, [number]>(STATE, 0);
    const pieces = [first];
    while (pieces.length < first.count) pieces.push(await handle.query<StatePiece, [number]>(STATE, pieces.length));
    if (pieces.every(({ version }) => version === first.version)) return joinState(pieces.map(({ text }) => text));
    if (tries === MOST_TRIES) throw new Error(`the state of ${run} changed ${MOST_TRIES} times while it was read`);
  }
}
