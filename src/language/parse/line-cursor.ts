const TAB_STOP = 4;
/** From here on a line is indented code, or goes on with a paragraph. */
const CODE_INDENT = 4;

/** A place in a line, counted by columns as CommonMark does: a tab reaches to the next column that 4 divides. */
export interface LineCursor {
  readonly text: string;
  /** Index of the character here. */
  readonly at: number;
  /** Column here; inside of a tab where that is taken in part. */
  readonly column: number;
  /** Index of the next character that is neither space nor tab. */
  readonly next: number;
  /** Columns up to it. */
  readonly indent: number;
  readonly isBlank: boolean;
  /** Too far to the right to begin a block. */
  readonly isIndented: boolean;
}

/** The beginning of a line. */
export function startOfLine(text: string): LineCursor {
  return cursorAt(text, 0, 0);
}

/** `columns` further to the right, but not beyond the end. */
export function skipColumns({ text, at, column }: LineCursor, columns: number): LineCursor {
  const wanted = column + columns;
  let index = at;
  let reached = column;
  while (reached < wanted && index < text.length) {
    const width = text[index] === "\t" ? TAB_STOP - (reached % TAB_STOP) : 1;
    if (reached + width > wanted) return cursorAt(text, index, wanted);
    reached += width;
    index += 1;
  }
  return cursorAt(text, index, reached);
}

/** Behind the white space, and `characters` more, none of which is a tab. */
export function skipMarker({ text, next, column, indent }: LineCursor, characters: number): LineCursor {
  return cursorAt(text, next + characters, column + indent + characters);
}

/** True for a space or a tab here. */
export function isAtSpace({ text, at }: LineCursor): boolean {
  return text[at] === " " || text[at] === "\t";
}

function cursorAt(text: string, at: number, column: number): LineCursor {
  let next = at;
  let reached = column;
  for (; text[next] === " " || text[next] === "\t"; next += 1)
    reached += text[next] === "\t" ? TAB_STOP - (reached % TAB_STOP) : 1;
  const indent = reached - column;
  return { text, at, column, next, indent, isBlank: next === text.length, isIndented: indent >= CODE_INDENT };
}
