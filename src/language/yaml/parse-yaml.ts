import { Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseDocument, visit } from "yaml";
import type { Diagnostic, Span } from "../../diagnostics/diagnostic.ts";
import { type Complaint, createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import type { JsonValue } from "../../plan/json.ts";

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
}

const MAX_CHARACTERS = 1024 * 1024;
const MAX_DEPTH = 64;
/** Names that reach into JavaScript's own objects. */
const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

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
  const spanAt = (from: number, to: number): Span => {
    const a = positionOf(from);
    const b = positionOf(Math.max(to, from + 1));
    return { line: a.line, column: a.column, endLine: b.line, endColumn: b.column };
  };
  // The library's own counter knows no lines that its lexer has not reached when it fails.
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const positionOf = (offset: number) => {
    const at = Math.min(offset, text.length);
    const line = Math.max(
      0,
      starts.findLastIndex((start) => start <= at),
    );
    const column = at - (starts[line] ?? 0) + 1;
    return { line: place.line + line, column: line === 0 ? place.column + column - 1 : column };
  };
  const diagnostics: Diagnostic[] = [];
  const complain = (complaint: Complaint) => diagnostics.push(createDiagnostic({ file: place.file, ...complaint }));

  for (const error of document.errors) {
    complain({ code: "yaml/syntax", message: error.message.split("\n", 1)[0] as string, span: spanAt(...error.pos) });
  }
  visit(document, {
    Node: (_, node) => {
      const span = () => spanAt(node.range?.[0] ?? 0, node.range?.[1] ?? 1);
      if (isAlias(node))
        complain({ code: "yaml/alias", message: `aliases such as *${node.source} are not used here`, span: span() });
      else if (node.anchor !== undefined)
        complain({ code: "yaml/anchor", message: `anchors such as &${node.anchor} are not used here`, span: span() });
      else if (node.tag !== undefined && !node.tag.startsWith("tag:yaml.org,2002:")) {
        complain({ code: "yaml/tag", message: `the tag ${node.tag} is not used here`, span: span() });
      }
      if (isScalar(node) && typeof node.value === "number" && !Number.isFinite(node.value)) {
        complain({ code: "yaml/number", message: "not a number that JSON has", span: span() });
      }
    },
    Map: (_, map) => checkKeys(map.items, { complain, spanAt }),
  });
  const usable = diagnostics.length === 0;
  return {
    value: usable ? ((document.toJS() ?? null) as JsonValue) : undefined,
    diagnostics,
    spanOf: (path, which = "value") => {
      const node = findNode(document.contents, path, which);
      return node?.range == null ? start : spanAt(node.range[0], node.range[1]);
    },
  };
}

interface KeyTools {
  readonly complain: (complaint: Complaint) => void;
  readonly spanAt: (from: number, to: number) => Span;
}

function checkKeys(items: readonly Pair[], { complain, spanAt }: KeyTools): void {
  const first = new Map<string, Span>();
  for (const { key } of items) {
    const node = key as Node | null;
    const range = node?.range ?? [0, 1];
    const span = spanAt(range[0], range[1]);
    if (!isScalar(node)) {
      complain({ code: "yaml/key", message: "a key must be plain text", span });
      continue;
    }
    const name = String(node.value);
    const before = first.get(name);
    if (FORBIDDEN.has(name)) complain({ code: "yaml/forbidden-key", message: `the key ${name} is not allowed`, span });
    else if (name === "<<") complain({ code: "yaml/merge", message: "merge keys are not used here", span });
    else if (before !== undefined) {
      const related = [{ message: "the first one", span: before }];
      complain({ code: "yaml/duplicate-key", message: `the key ${name} is given twice`, span, related });
    } else first.set(name, span);
  }
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
  let flow = 0;
  let deepest = 0;
  for (const line of text.split("\n")) {
    const indent = line.length - line.trimStart().length;
    const dashes = /^(?:- )+/.exec(line.trimStart())?.[0].length ?? 0;
    for (const char of line) {
      if (char === "[" || char === "{") deepest = Math.max(deepest, (flow += 1));
      else if (char === "]" || char === "}") flow = Math.max(0, flow - 1);
    }
    deepest = Math.max(deepest, (indent + dashes) / 2);
  }
  return deepest;
}
