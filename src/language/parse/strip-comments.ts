/** A line without its comments. */
export interface Stripped {
  readonly kept: string;
  /** How many characters fewer that are. */
  readonly removed: number;
  /** Where a comment begins behind another one and does not end in this line, if one does. */
  readonly unclosed: number | undefined;
}

/** Takes the comment away that `begins` at `from`, or went on up to there, and those right behind it. What follows is text. */
export function stripComments(text: string, from: number, begins: boolean): Stripped {
  let end = endOfComment(text, begins ? from + 2 : from);
  let next = endOfSpace(text, end);
  while (end < text.length && text.startsWith("<!--", next)) {
    end = endOfComment(text, next + 2);
    // Where it does not end, CommonMark has it end here all the same, and a browser does not.
    if (!text.endsWith("-->") && end === text.length)
      return { kept: text.slice(0, from), removed: end - from, unclosed: next };
    next = endOfSpace(text, end);
  }
  return { kept: text.slice(0, from) + text.slice(next), removed: next - from, unclosed: undefined };
}

function endOfComment(text: string, from: number): number {
  const close = text.indexOf("-->", from);
  return close === -1 ? text.length : close + 3;
}

function endOfSpace(text: string, from: number): number {
  let end = from;
  while (text[end] === " " || text[end] === "\t") end += 1;
  return end;
}
