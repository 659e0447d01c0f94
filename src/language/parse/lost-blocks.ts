import type { Complaint } from "../../diagnostics/create-diagnostic.ts";
import type { BlockLine } from "./block-reader.ts";
import { readFenceStart, readHeading } from "./block-starts.ts";
import { startOfLine } from "./line-cursor.ts";
import { isMarked } from "./marks.ts";

const MAX_SHOWN = 40;
const AROUND = { quote: "a quote", list: "a list", html: "HTML" } as const;

/** A line that stays with its text, and what is around it. */
export interface PlainLine {
  readonly text: string;
  readonly line: number;
  /** The line before. */
  readonly above: string;
  /** It stands below a step's heading. */
  readonly inStep: boolean;
}

/** What looks like a step, or like a block that acts, and is none where it stands. */
export function complainOfLine(found: BlockLine, { text, line, above, inStep }: PlainLine): readonly Complaint[] {
  if (found.kind === "fence-body" || found.kind === "fence-end") return [];
  if (found.kind !== "underline" && !/[#`~]/.test(text)) return [];
  const own = startOfLine(text.slice(found.from));
  const span = spanOfText(text, line);
  if (found.kind === "underline") {
    if (found.inside !== undefined || (found.level === 1 && !inStep)) return [];
    const message = `“${shown(above.trim())}” becomes a heading, but not ${found.level === 1 ? "one with `#`" : "a step"}`;
    return [{ code: "step/setext-heading", message, span: spanOfText(above, line - 1) }];
  }
  const hint = found.kind === "html" ? hintOfHtml(found.isEndedByBlank) : undefined;
  const where = found.kind === "html" ? AROUND.html : found.inside === undefined ? undefined : AROUND[found.inside];
  const fence = readFenceStart(own);
  if (fence !== undefined && isMarked(fence)) {
    const message = `this block stands ${where === undefined ? "too far to the right" : `inside ${where}`}, where it never runs`;
    return [{ code: "step/nested-block", message, span, hint }];
  }
  const heading = own.isIndented ? undefined : readHeading(own);
  if (heading !== undefined && heading.level === 2 && (found.inside === "list" || found.kind === "html")) {
    const message = `“${shown(heading.text)}” stands inside ${where}, so it is no step`;
    return [
      { code: "step/lost-heading", message, span, hint: hint ?? "write it at the left margin to make it a step" },
    ];
  }
  if (found.kind === "text" && found.inside === undefined && /^ {0,3}#{2,6}[^#\s]/.test(text)) {
    const words = text.trim();
    const marks = endOfMarks(words);
    return [
      {
        code: "step/lost-heading",
        message: `“${shown(words)}” is no heading: there is no space behind \`${words.slice(0, marks)}\``,
        span,
        hint: `write \`${words.slice(0, marks)} ${shown(words.slice(marks))}\``,
      },
    ];
  }
  return [];
}

/** Headings below the `#` that ends the steps. */
export function complainOfLateHeadings(
  late: readonly { readonly text: string; readonly line: number }[],
  endLine: number,
): Complaint {
  const [first, ...others] = late as readonly [(typeof late)[number], ...(typeof late)[number][]];
  const count = others.length;
  const more = count === 0 ? "" : `, nor ${count === 1 ? "is the one" : `are the ${count}`} behind it`;
  return {
    code: "step/lost-heading",
    message: `“${shown(first.text)}” is no step${more}: the \`#\` on line ${endLine} ends the steps`,
    span: spanOfText(`## ${first.text}`, first.line),
    hint: "move it above that `#` to make it a step; for notes write `###`",
  };
}

/** A heading below a group that is too deep to be one of its steps. */
export function complainOfDepth(group: { readonly level: number }, heading: string, line: number): Complaint {
  return {
    code: "step/lost-heading",
    message: `“${shown(heading.replace(/^ *#+/, "").trim())}” is no step of the group above`,
    span: spanOfText(heading, line),
    hint: `the steps of that group are written with ${"#".repeat(group.level + 1)}`,
  };
}

function hintOfHtml(isEndedByBlank: boolean): string {
  return isEndedByBlank
    ? "put an empty line above it: HTML goes on until there is one"
    : "close the HTML on a line above it";
}

function shown(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function endOfMarks(words: string): number {
  let end = 0;
  while (words[end] === "#") end += 1;
  return end;
}

function spanOfText(text: string, line: number): NonNullable<Complaint["span"]> {
  const column = text.length - text.trimStart().length + 1;
  return { line, column, endLine: line, endColumn: Math.max(column + 1, text.trimEnd().length + 1) };
}
