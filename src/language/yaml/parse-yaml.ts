import { Document, isMap, isScalar, isSeq, type Node, parseDocument } from "yaml";
import type { Diagnostic, Span } from "../../diagnostics/diagnostic.ts";
import { type Complaint, createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import type { JsonValue } from "../../plan/json.ts";
import { createLocator, type Stretch } from "./locator.ts";
import { readNode } from "./read-node.ts";

/** Where a piece of YAML stands in its file: the place of its first character, from 1. */
export interface YamlPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A parsed piece of YAML, with the place of everything in it. */
export interface YamlResult {
  /** Undefined where the text cannot be used at all. */
  readonly value: JsonValue | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** The span of a key or value; of the nearest thing around it where the path is not there. */
  spanOf(path: readonly (string | number)[], which?: "key" | "value"): Span;
  /** A scalar as it is written, such as `3.10`; undefined for anything else. */
  sourceOf?(path: readonly (string | number)[]): string | undefined;
}

const MAX_CHARACTERS = 1024 * 1024;
const MAX_DEPTH = 64;

/** YAML 1.2, made once: to make it for each block costs as much as to read the block. */
const SCHEMA = new Document(null, { version: "1.2", merge: false }).schema;

/**
 * Reads YAML 1.2 without anchors, aliases, merges and tags; every key once. Faults are diagnostics with codes `yaml/…`.
 */
export function parseYaml(text: string, place: YamlPlace): YamlResult {
  const start: Span = { line: place.line, column: place.column, endLine: place.line, endColumn: place.column + 1 };
  const refuse = (complaint: Complaint): YamlResult => ({
    value: undefined,
    diagnostics: [createDiagnostic({ file: place.file, span: start, ...complaint })],
    spanOf: () => start,
  });
  if (text.length > MAX_CHARACTERS) return refuse({ code: "yaml/too-large", message: "this YAML has more than 1 MB" });
  if (depthOf(text) > MAX_DEPTH)
    return refuse({ code: "yaml/too-deep", message: `this YAML is nested more than ${MAX_DEPTH} deep` });

  const document = parseDocument(text, {
    schema: SCHEMA,
    uniqueKeys: false,
    prettyErrors: false,
  });
  const at = createLocator(text, place);
  const diagnostics: Diagnostic[] = [];
  const complain = (complaint: Omit<Complaint, "span">, [from, to]: Stretch) =>
    void diagnostics.push(createDiagnostic({ file: place.file, ...complaint, span: at([from, to]) }));

  for (const error of document.errors)
    complain({ code: "yaml/syntax", message: error.message.split("\n", 1)[0] as string }, error.pos);
  const value = readNode(document.contents, { complain, at });
  return {
    value: diagnostics.length === 0 ? value : undefined,
    diagnostics,
    spanOf: (path, which = "value") => {
      const node = findNode(document.contents, path, which);
      return node?.range == null ? start : at([node.range[0], node.range[1]]);
    },
    sourceOf: (path) => {
      const node = findNode(document.contents, path, "value");
      return isScalar(node) ? node.source : undefined;
    },
  };
}

function findNode(root: Node | null, path: readonly (string | number)[], which: "key" | "value"): Node | null {
  let node = root;
  for (const [depth, name] of path.entries()) {
    let next: Node | null | undefined;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(name));
      const wantsKey = which === "key" && depth === path.length - 1;
      next = (wantsKey ? pair?.key : (pair?.value ?? pair?.key)) as Node | null | undefined;
    } else if (isSeq(node)) next = node.items[Number(name)] as Node | undefined;
    if (next == null) return node;
    node = next;
  }
  return node;
}

/** A cheap upper bound of the nesting, taken before the real parser could run out of stack. */
function depthOf(text: string): number {
  if (text.length <= MAX_DEPTH) return 0;
  let flow = 0;
  let deepest = 0;
  for (const [bracket] of text.matchAll(/[[{\]}]/g)) {
    if (bracket === "[" || bracket === "{") deepest = Math.max(deepest, (flow += 1));
    else flow = Math.max(0, flow - 1);
  }
  for (const [, indent = "", dashes = ""] of text.matchAll(/^(\s*)((?:- )*)/gm))
    deepest = Math.max(deepest, (indent.length + dashes.length) / 2);
  return deepest;
}
