import { isCancellation, patched } from "@temporalio/workflow";
import type { CarriedState, PackedState } from "../plan/carried-state.ts";
import { isPacked, joinState, splitLargeState } from "../plan/state-pieces.ts";
import { type Caller, patient } from "./call-for-run.ts";
import { carryState } from "./carry-state.ts";
import type { RunState } from "./run-state.ts";
import { keepPieces, loadPieces } from "./set-aside.ts";
import { shield } from "./shield.ts";
import { countWaited } from "./track-status.ts";

/** What the run carries on, by reference where it is large; waits for a store that is away. What comes in meanwhile is carried on too. */
async function packState(run: RunState): Promise<CarriedState | PackedState> {
  for (let round = 0; ; round += 1) {
    const before = run.changes;
    countWaited(run);
    const state = carryState(run);
    const texts = splitLargeState(state);
    if (texts === undefined) return state;
    const pieces = await keepPieces(patient(run), `state-${round}`, texts);
    if (run.changes === before) return { pieces };
  }
}

/**
 * What a next history begins with; undefined where there shall be none: a cancel does not reach it, and ends the waiting for the
 * store. Histories from before it did are replayed as they were.
 */
export async function packForNext(run: RunState): Promise<CarriedState | PackedState | undefined> {
  try {
    const packed = await shield(
      () => (patched("cancel-ends-packing") ? 0 : undefined),
      () => packState(run),
    );
    return run.cancelled ? undefined : packed;
  } catch (error) {
    if (run.cancelled && isCancellation(error)) return undefined;
    throw error;
  }
}

/** The state that a run was given. */
export async function unpackState(run: Caller, carried: CarriedState | PackedState): Promise<CarriedState> {
  if (!isPacked(carried)) return carried;
  return joinState([await loadPieces(run, "state", carried.pieces)]);
}
