import type { Piece } from "../plan/pieces.ts";

/** What changes while it is read is read again, so often. */
const MOST_TRIES = 20;

/** Asks a run for all pieces of a text; `first` is piece 0. */
export async function readPieces(first: Piece, ask: (index: number) => Promise<Piece>): Promise<string> {
  let start = first;
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const pieces = [start];
    while (pieces.length < start.count) {
      const next = await ask(pieces.length);
      if (next.version !== start.version) break;
      pieces.push(next);
    }
    if (pieces.length >= start.count) return pieces.map(({ text }) => text).join("");
    start = await ask(0);
  }
  throw new Error(`the run changes faster than it can be read (${MOST_TRIES} tries)`);
}
