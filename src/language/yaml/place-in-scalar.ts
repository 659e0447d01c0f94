import type { Scalar } from "yaml";
import type { Stretch } from "./locator.ts";

/** A stretch of a text that YAML holds: from the first character to the one after the last. */
export interface TextStretch {
  readonly start: number;
  readonly end: number;
}

/** What `\n` and the like stand for, where that is white space. */
const SPACES = /^[tnvfrLP_ \t\n]$/;
/** Digits behind `\x`, `\u` and `\U`. */
const DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Of a scalar that was asked for: how many characters stand before each of its value, and where each stands in the source. */
interface Places {
  /** White space does not count. */
  readonly before: Uint32Array;
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

const known = new WeakMap<Scalar.Parsed, Places>();

/**
 * Where a stretch of a scalar's value stands in the source. Quotes, indentation and folded lines differ in white space only,
 * so the characters that are none are counted.
 */
export function placeInScalar(source: string, node: Scalar.Parsed, { start, end }: TextStretch): Stretch {
  const { before, begins, ends } = known.get(node) ?? readPlaces(source, node);
  const first = before[Math.min(start, before.length - 1)] as number;
  const last = Math.max(first + 1, before[Math.min(end, before.length - 1)] as number) - 1;
  const [from, to] = node.range;
  return [begins[first] ?? from, ends[Math.min(last, ends.length - 1)] ?? Math.max(to, from + 1)];
}

function readPlaces(source: string, node: Scalar.Parsed): Places {
  const value = String(node.value);
  const before = new Uint32Array(value.length + 1);
  for (let at = 0; at < value.length; at += 1) before[at + 1] = (before[at] as number) + count(value[at] as string);
  const begins: number[] = [];
  const ends: number[] = [];
  for (let at = contentOf(source, node); at < node.range[1];) {
    const { length, characters } = readPiece(source, at, node.type);
    for (let one = 0; one < characters; one += 1) {
      begins.push(at);
      ends.push(at + length);
    }
    at += length;
  }
  const places = { before, begins, ends };
  known.set(node, places);
  return places;
}

/** Behind the quote, or the line of a `|` or `>`. */
function contentOf(source: string, { range: [from], type }: Scalar.Parsed): number {
  if (type === "QUOTE_DOUBLE" || type === "QUOTE_SINGLE") return from + 1;
  if (type !== "BLOCK_LITERAL" && type !== "BLOCK_FOLDED") return from;
  const line = source.indexOf("\n", from);
  return line === -1 ? from : line + 1;
}

/** What stands for one character, or for a space: how long that is, and how many characters it counts for. */
function readPiece(
  source: string,
  at: number,
  type: Scalar.Parsed["type"],
): { readonly length: number; readonly characters: number } {
  if (type === "QUOTE_SINGLE" && source.startsWith("''", at)) return { length: 2, characters: 1 };
  const escaped = source[at + 1] ?? "";
  if (type !== "QUOTE_DOUBLE" || source[at] !== "\\") return { length: 1, characters: count(source[at] ?? "") };
  const digits = DIGITS[escaped];
  if (digits === undefined) return { length: 2, characters: SPACES.test(escaped) ? 0 : 1 };
  const code = Number.parseInt(source.slice(at + 2, at + 2 + digits), 16);
  return {
    length: 2 + digits,
    characters: count(Number.isNaN(code) ? "x" : String.fromCodePoint(Math.min(code, 0x10ffff))),
  };
}

/** Characters that are no white space, in UTF-16 units. */
function count(text: string): number {
  let characters = 0;
  for (let at = 0; at < text.length; at += 1) if (/\S/.test(text[at] as string)) characters += 1;
  return characters;
}
