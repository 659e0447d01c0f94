import {
  endsFence,
  type FenceStart,
  type Heading,
  isThematicBreak,
  readFenceStart,
  readHeading,
  readItemStart,
  readUnderline,
} from "./block-starts.ts";
import { type HtmlBlock, readHtmlStart } from "./html-block.ts";
import { isAtSpace, type LineCursor, skipColumns, skipMarker, startOfLine } from "./line-cursor.ts";

/** What a line is. A line of a fence, of HTML and of a comment is nothing else, whatever it looks like. */
export type BlockLine = {
  /** What is around it; undefined at the left margin. */
  readonly inside: "quote" | "list" | undefined;
  /** Index of the first character that does not belong to what is around. */
  readonly from: number;
} & (
  | { readonly kind: "text" | "code" | "fence-body" | "fence-end" }
  | { readonly kind: "html"; readonly isEndedByBlank: boolean }
  | { readonly kind: "comment"; readonly begins: boolean; readonly ends: boolean }
  | { readonly kind: "heading"; readonly heading: Heading }
  | { readonly kind: "fence-start"; readonly fence: FenceStart }
  /** The paragraph above is a heading of this level. */
  | { readonly kind: "underline"; readonly level: 1 | 2 }
);

type What = BlockLine extends infer Line ? (Line extends BlockLine ? Omit<Line, "inside" | "from"> : never) : never;

/** A quote, or a list item with the columns of its indentation. */
interface Container {
  readonly kind: "quote" | "list";
  readonly width: number;
  /** An item whose first line holds nothing; an empty line ends it. */
  isEmpty: boolean;
}

/** The block that may go on in the next line. */
type Leaf =
  | { readonly kind: "none" | "paragraph" | "code" }
  | { readonly kind: "fence"; readonly fence: FenceStart }
  | { readonly kind: "html"; readonly html: HtmlBlock };

const NONE: Leaf = { kind: "none" };
const PARAGRAPH: Leaf = { kind: "paragraph" };
const CODE: Leaf = { kind: "code" };

/** Deeper ones are text: an empty line costs as much as what is open is deep. */
const MAX_CONTAINERS = 32;

/**
 * Reads the block structure of CommonMark (https://spec.commonmark.org/0.31.2/, “Phase 1”), line by line: the result takes
 * one line and says what that is. The time is linear in the length of the lines.
 */
export function createBlockReader(): (text: string) => BlockLine {
  let containers: readonly Container[] = [];
  let leaf: Leaf = NONE;

  const line = (what: What, from: number): BlockLine => ({ ...what, inside: containers[0]?.kind, from });

  /** The line goes on with the fence or the HTML that is open. */
  const goOn = (cursor: LineCursor): BlockLine | undefined => {
    if (leaf.kind === "fence") {
      const isEnd = endsFence(cursor, leaf.fence);
      if (isEnd) leaf = NONE;
      return line({ kind: isEnd ? "fence-end" : "fence-body" }, cursor.at);
    }
    if (leaf.kind !== "html" || (leaf.html.end === undefined && cursor.isBlank)) return undefined;
    return inHtml(cursor, leaf.html, false);
  };
  const inHtml = (cursor: LineCursor, html: HtmlBlock, begins: boolean): BlockLine => {
    const from = begins ? cursor.next : cursor.at;
    const ends = html.end?.test(cursor.text.slice(from)) === true;
    leaf = ends ? NONE : { kind: "html", html };
    return line(
      html.isComment ? { kind: "comment", begins, ends } : { kind: "html", isEndedByBlank: html.end === undefined },
      from,
    );
  };

  /** What begins at the cursor and is no container. */
  const begin = (cursor: LineCursor, inParagraph: boolean, isLazy: boolean): BlockLine | undefined => {
    const close = (what: What, next: Leaf = NONE) => {
      leaf = next;
      return line(what, cursor.next);
    };
    const heading = readHeading(cursor);
    if (heading !== undefined) return close({ kind: "heading", heading });
    const fence = readFenceStart(cursor);
    if (fence !== undefined) return close({ kind: "fence-start", fence }, { kind: "fence", fence });
    const html = readHtmlStart(cursor.text.slice(cursor.next));
    if (html !== undefined && (html.interrupts || !(inParagraph || isLazy))) return inHtml(cursor, html, true);
    const level = inParagraph ? readUnderline(cursor) : undefined;
    if (level !== undefined) return close({ kind: "underline", level });
    return isThematicBreak(cursor) ? close({ kind: "text" }) : undefined;
  };

  return (text) => {
    const opened = matchContainers(containers, startOfLine(text));
    let { cursor } = opened;
    const isWhole = opened.count === containers.length;
    if (isWhole) {
      const going = goOn(cursor);
      if (going !== undefined) return going;
    }
    const before = containers;
    const kept = isWhole ? containers : containers.slice(0, opened.count);
    let inParagraph = isWhole && leaf.kind === "paragraph" && !cursor.isBlank;
    let isLazy = !isWhole && leaf.kind === "paragraph" && !cursor.isBlank;
    containers = kept;
    if (!cursor.isBlank) for (const container of kept) container.isEmpty = false;
    while (!cursor.isIndented && !cursor.isBlank) {
      const found = begin(cursor, inParagraph, isLazy);
      if (found !== undefined) return found;
      const container = containers.length < MAX_CONTAINERS ? openContainer(cursor, inParagraph) : undefined;
      if (container === undefined) break;
      [containers, cursor] = [[...containers, container.opened], container.inside];
      inParagraph = false;
      isLazy = false;
      leaf = NONE;
    }
    if (isLazy) {
      containers = before;
      return line({ kind: "text" }, cursor.at);
    }
    if (cursor.isBlank) leaf = isWhole && leaf.kind === "code" ? CODE : NONE;
    else leaf = cursor.isIndented && !inParagraph ? CODE : PARAGRAPH;
    return line({ kind: leaf.kind === "code" ? "code" : "text" }, cursor.at);
  };
}

/** How many of the open containers the line goes on with, and the place behind what they take of it. */
function matchContainers(
  containers: readonly Container[],
  start: LineCursor,
): { readonly count: number; readonly cursor: LineCursor } {
  let cursor = start;
  for (const [count, { kind, width, isEmpty }] of containers.entries()) {
    if (kind === "quote") {
      const inside = readQuote(cursor);
      if (inside === undefined) return { count, cursor };
      cursor = inside;
    } else if (cursor.isBlank && !isEmpty) cursor = skipMarker(cursor, 0);
    else if (!cursor.isBlank && cursor.indent >= width) cursor = skipColumns(cursor, width);
    else return { count, cursor };
  }
  return { count: containers.length, cursor };
}

function openContainer(
  cursor: LineCursor,
  inParagraph: boolean,
): { readonly opened: Container; readonly inside: LineCursor } | undefined {
  const quoted = readQuote(cursor);
  if (quoted !== undefined) return { opened: { kind: "quote", width: 0, isEmpty: false }, inside: quoted };
  const item = readItemStart(cursor, inParagraph);
  if (item === undefined) return undefined;
  return { opened: { kind: "list", width: item.width, isEmpty: item.inside.isBlank }, inside: item.inside };
}

/** Behind a `>` and the space that belongs to it. */
function readQuote(cursor: LineCursor): LineCursor | undefined {
  if (cursor.isIndented || cursor.text[cursor.next] !== ">") return undefined;
  const behind = skipMarker(cursor, 1);
  return isAtSpace(behind) ? skipColumns(behind, 1) : behind;
}
