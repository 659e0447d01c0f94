/** Of one piece: even where every character takes several bytes it fits into a payload of Temporal's. */
const PIECE_CHARACTERS = 400_000;

/** One piece of a text that is too large for one answer of a query. */
export interface Piece {
  readonly text: string;
  /** Of how many. */
  readonly count: number;
  /** Differs once what is told has changed. */
  readonly version: number;
}

/** The pieces of a text. */
export function splitText(text: string): readonly string[] {
  const count = Math.max(1, Math.ceil(text.length / PIECE_CHARACTERS));
  return Array.from({ length: count }, (_, index) =>
    text.slice(index * PIECE_CHARACTERS, (index + 1) * PIECE_CHARACTERS),
  );
}

/** The piece with this number, from 0. */
export function pieceOf(text: string, index: number, version: number): Piece {
  const pieces = splitText(text);
  return { text: pieces[index] ?? "", count: pieces.length, version };
}
