import type { Stored } from "../plan/artifact.ts";
import type { CarriedState, PackedState } from "../plan/carried-state.ts";
import { splitLargeState } from "../plan/state-pieces.ts";

/** A state as it travels in the arguments of a new run: through the artifact store where it is large. */
export async function packCarried(
  state: CarriedState,
  keep: (text: string) => Promise<Stored>,
): Promise<CarriedState | PackedState> {
  const texts = splitLargeState(state);
  return texts === undefined ? state : { pieces: await Promise.all(texts.map(keep)) };
}
