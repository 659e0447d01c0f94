import { LineCounter, isMap, isScalar, isSeq, type Node, parseDocument } from "yaml";
import type { Span } from "../../diagnostics/diagnostic.ts";
import type { JsonValue } from "../../plan/json.ts";

/** Keys and indexes from the root of a document. */
export type DocumentPath = readonly (string | number)[];

/** A document as JSON, with the places of what is in it. */
export interface DocumentText {
  readonly value: JsonValue;
  spanOf(path: DocumentPath): Span;
}

const START: Span = { line: 1, column: 1, endLine: 1, endColumn: 2 };
const OPTIONS = { version: "1.2", prettyErrors: false, logLevel: "silent" } as const;

/** Reads JSON, else YAML. Places are looked up only when somebody asks. Throws `Error` with the words for a person and a `span`. */
export function readDocumentText(text: string): DocumentText {
  const json = text.trimStart().startsWith("{") ? parseJsonText(text) : undefined;
  if (json !== undefined) return { value: json, spanOf: (path) => spanIn(text, path) };
  const lines = new LineCounter();
  const document = parseDocument(text, { ...OPTIONS, lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined)
    throw Object.assign(new Error(error.message.split("\n", 1)[0]), { span: toSpan(lines, error.pos) });
  // Aliases are counted, so that a small file cannot become a very large value.
  return {
    value: document.toJS({ maxAliasCount: 100 }) as JsonValue,
    spanOf: (path) => find(document.contents, path, lines),
  };
}

function parseJsonText(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function spanIn(text: string, path: DocumentPath): Span {
  const lines = new LineCounter();
  return find(parseDocument(text, { ...OPTIONS, uniqueKeys: false, lineCounter: lines }).contents, path, lines);
}

function find(root: Node | null, path: DocumentPath, lines: LineCounter): Span {
  let node = root;
  let range = root?.range;
  for (const name of path) {
    let next: Node | null | undefined;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(name));
      range = (pair?.key as Node | undefined)?.range ?? range;
      next = pair?.value as Node | null | undefined;
    } else if (isSeq(node)) {
      next = node.items[Number(name)] as Node | undefined;
      range = next?.range ?? range;
    }
    if (next == null) break;
    node = next;
  }
  return range == null ? START : toSpan(lines, [range[0], range[1]]);
}

/** A stretch as a span of one line: the first of it. */
function toSpan(lines: LineCounter, [from, to]: readonly [number, number]): Span {
  const { line, col } = lines.linePos(from);
  const end = lines.linePos(Math.max(to, from + 1));
  return { line, column: col, endLine: line, endColumn: end.line === line ? end.col : col + 1 };
}
