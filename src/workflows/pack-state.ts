import type { CarriedState, PackedState } from "../plan/carried-state.ts";
import { isPacked, joinState, splitLargeState } from "../plan/state-pieces.ts";
import type { Caller } from "./call-for-run.ts";
import { carryState } from "./carry-state.ts";
import type { RunState } from "./run-state.ts";
import { keepPieces, loadPieces } from "./set-aside.ts";
import { countWaited } from "./track-status.ts";

/** What the run carries on, by reference where it is large. What comes in meanwhile is carried on too. */
export async function packState(run: RunState): Promise<CarriedState | PackedState> {
  for (let round = 0; ; round += 1) {
    const before = run.changes;
    countWaited(run);
    const state = carryState(run);
    const texts = splitLargeState(state);
    if (texts === undefined) return state;
    const pieces = await keepPieces(run, `state-${round}`, texts);
    if (run.changes === before) return { pieces };
  }
}

/** The state that a run was given. */
export async function unpackState(run: Caller, carried: CarriedState | PackedState): Promise<CarriedState> {
  if (!isPacked(carried)) return carried;
  return joinState([await loadPieces(run, "state", carried.pieces)]);
}
