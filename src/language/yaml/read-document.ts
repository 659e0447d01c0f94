import { Composer, Document, Lexer, Parser, YAMLParseError } from "yaml";

/** How deep values may stand in one another. */
export const MAX_DEPTH = 64;

/** YAML 1.2, made once: to make it for each block costs as much as to read the block. */
const SCHEMA = new Document(null, { version: "1.2", merge: false }).schema;

/** Reads YAML to its nodes; undefined where they are nested so deeply that composing them might need more stack than there is. */
export function readDocument(text: string): Document.Parsed | undefined {
  const parser = new Parser();
  const tokens = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    // Besides them the document is under way, and a scalar.
    if (parser.stack.length > MAX_DEPTH + 2) return undefined;
  }
  for (const token of parser.end()) tokens.push(token);
  const composer = new Composer({ schema: SCHEMA, uniqueKeys: false, prettyErrors: false });
  const [document, second] = composer.compose(tokens, true, text.length);
  if (second !== undefined) {
    const [from, to] = second.range;
    document?.errors.push(new YAMLParseError([from, to], "MULTIPLE_DOCS", "this is more than one document"));
  }
  return document;
}
