import type { CarriedState, PackedState } from "./carried-state.ts";

/** A state of more characters of JSON travels in pieces through the artifact store. */
const MAX_INLINE_CHARS = 200_000;
/** Of one piece: even where every character takes several bytes it fits into a payload of Temporal's. */
const PIECE_CHARS = 400_000;

/** One piece of a state, as the query `state` gives it. */
export interface StatePiece {
  readonly text: string;
  /** Of how many. */
  readonly count: number;
  /** Changes with the state. */
  readonly version: number;
}

/** The JSON of a state in pieces; undefined where it is small enough for arguments. */
export function splitLargeState(state: CarriedState): readonly string[] | undefined {
  const text = JSON.stringify(state);
  return text.length <= MAX_INLINE_CHARS ? undefined : splitText(text);
}

/** The pieces of a text. */
export function splitText(text: string): readonly string[] {
  const count = Math.max(1, Math.ceil(text.length / PIECE_CHARS));
  return Array.from({ length: count }, (_, index) => text.slice(index * PIECE_CHARS, (index + 1) * PIECE_CHARS));
}

/** The state again. */
export function joinState(pieces: readonly string[]): CarriedState {
  return JSON.parse(pieces.join("")) as CarriedState;
}

/** True where the state lies in the artifact store. */
export function isPacked(state: CarriedState | PackedState): state is PackedState {
  return "pieces" in state;
}
