import type { Client } from "@temporalio/client";
import type { CarriedState } from "../plan/carried-state.ts";
import { STATE } from "../plan/messages.ts";
import type { Piece } from "../plan/pieces.ts";
import { joinState } from "../plan/state-pieces.ts";
import { readPieces } from "./read-pieces.ts";

/** The state of a run, live or ended. Needs a worker that polls. Rejects with `WorkflowNotFoundError`. */
export async function readState(client: Client, run: string): Promise<CarriedState> {
  const ask = (index: number) => client.workflow.getHandle(run).query<Piece, [number]>(STATE, index);
  return joinState([await readPieces(await ask(0), ask)]);
}
