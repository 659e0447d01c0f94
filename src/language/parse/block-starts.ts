import { isAtSpace, type LineCursor, skipColumns, skipMarker } from "./line-cursor.ts";

/** A heading of the kind `## Text`. */
export interface Heading {
  readonly level: number;
  /** Behind the `#`, as it stands. */
  readonly text: string;
}

/** Reads a heading. */
export function readHeading({ text, next }: LineCursor): Heading | undefined {
  const end = endOfRun(text, next, "#");
  const level = end - next;
  const isHeading = level >= 1 && level <= 6 && (end === text.length || text[end] === " " || text[end] === "\t");
  return isHeading ? { level, text: text.slice(end).trim() } : undefined;
}

/** The line that begins a fenced block. */
export interface FenceStart {
  readonly character: "`" | "~";
  readonly length: number;
  /** Spaces before it, which are taken off every line of the body. */
  readonly indent: number;
  readonly info: string;
  /** Of the info's first character, from 1. */
  readonly infoColumn: number;
}

/** Reads the beginning of a fenced block. The words after backticks hold no backtick: else it is code in a line. */
export function readFenceStart({ text, next, indent }: LineCursor): FenceStart | undefined {
  const character = text[next];
  if (character !== "`" && character !== "~") return undefined;
  const end = endOfRun(text, next, character);
  if (end - next < 3 || (character === "`" && text.includes("`", end))) return undefined;
  const info = text.slice(end);
  const infoColumn = end + (info.length - info.trimStart().length) + 1;
  return { character, length: end - next, indent, info: info.trim(), infoColumn };
}

/** True for the line that ends it. */
export function endsFence({ text, next, isIndented }: LineCursor, { character, length }: FenceStart): boolean {
  if (isIndented || text[next] !== character) return false;
  const end = endOfRun(text, next, character);
  return end - next >= length && isBlankFrom(text, end);
}

/** 1 for `===`, 2 for `---`: under a paragraph they make it a heading. */
export function readUnderline({ text, next }: LineCursor): 1 | 2 | undefined {
  const character = text[next];
  if (character !== "=" && character !== "-") return undefined;
  if (!isBlankFrom(text, endOfRun(text, next, character))) return undefined;
  return character === "=" ? 1 : 2;
}

/** True for `---`, `* * *` and the like. */
export function isThematicBreak({ text, next }: LineCursor): boolean {
  const character = text[next];
  if (character !== "*" && character !== "-" && character !== "_") return false;
  let count = 0;
  for (let at = next; at < text.length; at += 1) {
    if (text[at] === character) count += 1;
    else if (text[at] !== " " && text[at] !== "\t") return false;
  }
  return count >= 3;
}

/** The beginning of a list item. */
export interface ItemStart {
  /** Behind the marker, where the item's text begins. */
  readonly inside: LineCursor;
  /** Columns by which later lines of the item are indented. */
  readonly width: number;
}

/** Reads a list marker. In the middle of a paragraph only a bullet or `1.` with text after it begins a list. */
export function readItemStart(cursor: LineCursor, inParagraph: boolean): ItemStart | undefined {
  const { text, next, indent } = cursor;
  const marker = /^(?:[-+*]|(\d{1,9})[.)])(?=[ \t]|$)/.exec(text.slice(next, next + 12));
  if (marker === null) return undefined;
  const [{ length }, number] = marker;
  const behind = skipMarker(cursor, length);
  if (behind.text[behind.at] !== undefined && !isAtSpace(behind)) return undefined;
  if (inParagraph && (behind.isBlank || (number !== undefined && Number(number) !== 1))) return undefined;
  // More than four spaces are one, and indented code.
  const isPlain = behind.indent >= 1 && behind.indent <= 4 && !behind.isBlank;
  const padding = isPlain ? behind.indent : 1;
  return { inside: skipColumns(behind, isAtSpace(behind) ? padding : 0), width: indent + length + padding };
}

function endOfRun(text: string, from: number, character: string): number {
  let end = from;
  while (text[end] === character) end += 1;
  return end;
}

function isBlankFrom(text: string, from: number): boolean {
  for (let at = from; at < text.length; at += 1) if (text[at] !== " " && text[at] !== "\t") return false;
  return true;
}
