import { isMap, isScalar, type Scalar } from "yaml";
import type { Diagnostic, Span } from "../../diagnostics/diagnostic.ts";
import { type Complaint, createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import type { JsonValue } from "../../plan/json.ts";
import { findNode } from "./find-node.ts";
import { createLocator, type Stretch } from "./locator.ts";
import { placeInScalar, type TextStretch } from "./place-in-scalar.ts";
import { MAX_DEPTH, readDocument } from "./read-document.ts";
import { readNode } from "./read-node.ts";

/** Where a piece of YAML stands in its file: the place of its first character, from 1. */
export interface YamlPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What of an entry is meant. */
export type Part = "key" | "value" | TextStretch;

/** A parsed piece of YAML, with the place of everything in it. */
export interface YamlResult {
  /** Undefined where the text cannot be used at all. */
  readonly value: JsonValue | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Names of the keys of the outermost map, also where the value cannot be used. */
  readonly rootKeys: readonly string[];
  /** The span of a key, of a value or of a stretch of its text; of the nearest thing around it where the path is not there. */
  spanOf(path: readonly (string | number)[], which?: Part): Span;
}

const MAX_CHARACTERS = 1024 * 1024;
/**
 * Reads YAML 1.2 without anchors, aliases, merges and tags; every key once. Faults are diagnostics with codes `yaml/…`.
 */
export function parseYaml(text: string, place: YamlPlace): YamlResult {
  const start: Span = { line: place.line, column: place.column, endLine: place.line, endColumn: place.column + 1 };
  const refuse = (complaint: Complaint): YamlResult => ({
    value: undefined,
    diagnostics: [createDiagnostic({ file: place.file, span: start, ...complaint })],
    rootKeys: [],
    spanOf: () => start,
  });
  if (text.length > MAX_CHARACTERS) return refuse({ code: "yaml/too-large", message: "this YAML has more than 1 MB" });
  const document = readDocument(text);
  if (document === undefined)
    return refuse({ code: "yaml/too-deep", message: `this YAML is nested more than ${MAX_DEPTH} deep` });
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
    rootKeys: isMap(document.contents)
      ? document.contents.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : []))
      : [],
    spanOf: (path, which = "value") => {
      const node = findNode(document.contents, path, which === "key" ? "key" : "value");
      if (node?.range == null) return start;
      const isText = typeof which === "object" && isScalar(node) && typeof node.value === "string";
      return at(isText ? placeInScalar(text, node as Scalar.Parsed, which) : [node.range[0], node.range[1]]);
    },
  };
}
