import type { CarriedState, PackedState } from "./carried-state.ts";
import { splitText } from "./pieces.ts";

/** A state of more characters of JSON travels in pieces through the artifact store. */
const MAX_INLINE_CHARACTERS = 200_000;

/** The JSON of a state in pieces; undefined where it is small enough for arguments. */
export function splitLargeState(state: CarriedState): readonly string[] | undefined {
  const text = JSON.stringify(state);
  return text.length <= MAX_INLINE_CHARACTERS ? undefined : splitText(text);
}

/** The state again. */
export function joinState(pieces: readonly string[]): CarriedState {
  return JSON.parse(pieces.join("")) as CarriedState;
}

/** True where the state lies in the artifact store. */
export function isPacked(state: CarriedState | PackedState): state is PackedState {
  return "pieces" in state;
}
