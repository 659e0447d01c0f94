import type { ExpressionNode, Template } from "../plan/template.ts";

/** One `${{ … }}`: the CEL text and where it stands in the template's text. */
export interface TemplateExpression {
  readonly cel: string;
  readonly start: number;
  readonly end: number;
}

/** A parsed text. */
export interface ParsedTemplate {
  readonly template: Template;
  readonly expressions: readonly TemplateExpression[];
  readonly error?: { readonly message: string; readonly start: number; readonly end: number };
}

/** Reads `${{ cel }}` in text. `$${{` stands for a literal `${{`. Alone (white space aside) it keeps its type. */
export function parseTemplate(text: string): ParsedTemplate {
  if (!text.includes("${{")) return { template: text, expressions: [] };
  const parts: (string | ExpressionNode)[] = [];
  const expressions: TemplateExpression[] = [];
  let literal = "";
  let at = 0;
  while (at < text.length) {
    if (text.startsWith("$${{", at)) {
      literal += "${{";
      at += 4;
    } else if (text.startsWith("${{", at)) {
      const close = findClose(text, at + 3);
      if (close === undefined) {
        const error = { message: "`${{` is never closed by `}}`", start: at, end: at + 3 };
        return { template: text, expressions, error };
      }
      const expression = trimmed(text, at + 3, close);
      if (expression.cel === "") {
        return { template: text, expressions, error: { message: "`${{ }}` is empty", start: at, end: close + 2 } };
      }
      if (literal !== "") parts.push(literal);
      literal = "";
      parts.push({ $expr: expression.cel });
      expressions.push(expression);
      at = close + 2;
    } else {
      literal += text[at];
      at += 1;
    }
  }
  if (literal !== "") parts.push(literal);
  return { template: joinParts(parts), expressions };
}

function joinParts(parts: readonly (string | ExpressionNode)[]): Template {
  if (parts.every((part) => typeof part === "string")) return parts.join("");
  const [only, ...others] = parts.filter((part) => typeof part !== "string" || part.trim() !== "");
  if (others.length > 0 || typeof only !== "object") return { $text: parts as Template[] };
  return { ...only };
}

/** The place of the `}}` that ends the expression; strings and nested maps may hold braces too. */
function findClose(text: string, from: number): number | undefined {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const quote = /^[rR]?("""|'''|"|')/.exec(text.slice(at, at + 4));
    if (quote !== null) {
      const end = skipString(text, at + quote[0].length, {
        quote: quote[1] as string,
        raw: quote[0].length > (quote[1] as string).length,
      });
      // A string without an end is the CEL parser's to tell, at its own place.
      if (end === undefined) return indexOrNone(text.indexOf("}}", at));
      at = end;
    } else if (depth === 0 && text.startsWith("}}", at)) {
      return at;
    } else {
      if (text[at] === "{") depth += 1;
      if (text[at] === "}") depth = Math.max(0, depth - 1);
      at += 1;
    }
  }
  return undefined;
}

function indexOrNone(index: number): number | undefined {
  return index === -1 ? undefined : index;
}

function skipString(
  text: string,
  from: number,
  kind: { readonly quote: string; readonly raw: boolean },
): number | undefined {
  let at = from;
  while (at < text.length) {
    if (text.startsWith(kind.quote, at)) return at + kind.quote.length;
    if (kind.quote.length === 1 && text[at] === "\n") return undefined;
    at += text[at] === "\\" && !kind.raw ? 2 : 1;
  }
  return undefined;
}

function trimmed(text: string, start: number, end: number): TemplateExpression {
  const inner = text.slice(start, end);
  const lead = inner.length - inner.trimStart().length;
  const cel = inner.trim();
  return { cel, start: start + lead, end: start + lead + cel.length };
}
