/** A stretch of text and what stands in its place. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with the stretches replaced (they must not overlap), and the way back for offsets. */
export function replaceRanges(
  source: string,
  replacements: readonly Replacement[],
): { readonly text: string; toOriginal(offset: number): number } {
  const sorted = [...replacements].sort((a, b) => a.start - b.start || a.end - b.end);
  let text = "";
  let done = 0;
  /** Where each replacement stands in the new text. */
  const placed: { readonly at: number; readonly length: number; readonly start: number; readonly end: number }[] = [];
  for (const { start, end, text: inner } of sorted) {
    text += source.slice(done, start);
    placed.push({ at: text.length, length: inner.length, start, end });
    text += inner;
    done = end;
  }
  text += source.slice(done);
  const toOriginal = (offset: number): number => {
    let moved = 0;
    for (const { at, length, start, end } of placed) {
      if (offset <= at) break;
      if (offset < at + length) return start;
      moved = end - (at + length);
    }
    return offset + moved;
  };
  return { text, toOriginal };
}
