import { styleText } from "node:util";
import type { Diagnostic } from "./diagnostic.ts";

/** How to print. */
export interface RenderOptions {
  /** @default false */
  readonly color?: boolean;
}

const MAX_WIDTH = 120;

/** A diagnostic for people: place and message, the line with a caret, what was expected, what to do. */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  source: string | undefined,
  options: RenderOptions = {},
): string {
  const { code, severity, message, span, expected, hint, related = [] } = diagnostic;
  const paint = (style: "red" | "yellow" | "bold" | "dim", text: string) =>
    options.color ? styleText(style, text, { validateStream: false }) : text;
  const place = [diagnostic.file, span?.line, span?.column].filter((part) => part !== undefined).join(":");
  const head = `${place === "" ? "" : `${place}: `}${paint(severity === "error" ? "red" : "yellow", `${severity}[${code}]`)}: ${paint("bold", message)}`;
  const lines = [head];
  if (span !== undefined && source !== undefined) lines.push(...frame(source, span, (text) => paint("dim", text)));
  if (expected !== undefined && expected !== "") lines.push(`  expected: ${expected}`);
  for (const { message: what, span: where } of related)
    lines.push(`  ${what}: ${diagnostic.file ?? ""}:${where.line}:${where.column}`);
  lines.push(`  hint: ${hint}`);
  return lines.join("\n");
}

function frame(
  source: string,
  span: NonNullable<Diagnostic["span"]>,
  dim: (text: string) => string,
): readonly string[] {
  const text = source.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/)[span.line - 1];
  if (text === undefined || text.trim() === "") return [];
  const from = Math.max(0, Math.min(span.column - 1 - MAX_WIDTH / 2, text.length - MAX_WIDTH));
  const shown = text.slice(from, from + MAX_WIDTH).replaceAll("\t", " ");
  const width =
    span.endLine === span.line ? Math.max(1, span.endColumn - span.column) : Math.max(1, text.length - span.column + 1);
  const gutter = String(span.line);
  const caret =
    " ".repeat(span.column - 1 - from) + "^".repeat(Math.min(width, Math.max(1, MAX_WIDTH - (span.column - 1 - from))));
  return [`${dim(`  ${gutter} |`)} ${shown}`, `${dim(`  ${" ".repeat(gutter.length)} |`)} ${caret}`];
}
