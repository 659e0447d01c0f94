import type { Complaint } from "../../diagnostics/create-diagnostic.ts";
import type { Span } from "../../diagnostics/diagnostic.ts";
import { type BlockLine, createBlockReader } from "./block-reader.ts";
import type { FenceStart, Heading } from "./block-starts.ts";
import { isGroupBlock } from "./is-group-block.ts";
import { complainOfDepth, complainOfLateHeadings, complainOfLine } from "./lost-blocks.ts";
import { isMarked } from "./marks.ts";
import { stripComments } from "./strip-comments.ts";

/** A fenced block at the left margin. Lines are counted from 1. */
export interface Fence {
  readonly info: string;
  /** The place of the info. */
  readonly span: Span;
  readonly body: string;
  readonly line: number;
  /** First line of the body. */
  readonly bodyLine: number;
  /** Column of the first character of the body's lines, from 1. */
  readonly bodyColumn: number;
}

/** A line of prose; the place of its first character. */
export interface ProseLine {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** A heading that is a step, with what belongs to it. */
export interface Section {
  readonly heading: string;
  readonly line: number;
  /** 2 for `##`, 3 for the child of a group, and so on. */
  readonly level: number;
  /** Of a group: the headings one level deeper. */
  readonly children: readonly Section[];
  /** Lines after the heading, blocks that act and comments left out, in order. */
  readonly prose: readonly ProseLine[];
  readonly fences: readonly Fence[];
}

/** A file as headings and fences. */
export interface Scanned {
  readonly sections: readonly Section[];
  /** Fences before the first step, and behind the `#` that ends the steps. */
  readonly outside: readonly Fence[];
  readonly complaints: readonly Complaint[];
}

interface OpenSection extends Section {
  readonly children: OpenSection[];
  readonly prose: ProseLine[];
  readonly fences: Fence[];
  /** Its block says so, before its first child. */
  isGroup: boolean;
}

interface OpenFence {
  readonly start: FenceStart;
  readonly line: number;
  /** Its lines as they stand. */
  readonly lines: string[];
}

/** Reads steps and their blocks as CommonMark does, line by line; `firstLine` is the number of `lines[0]`. */
export function scanMarkdown(lines: readonly string[], firstLine: number): Scanned {
  const scan = createScan();
  for (const [index, text] of lines.entries()) scan.take(text, firstLine + index);
  return scan.end();
}

function createScan(): { take(text: string, line: number): void; end(): Scanned } {
  const read = createBlockReader();
  const sections: OpenSection[] = [];
  const outside: Fence[] = [];
  const complaints: Complaint[] = [];
  const late: { readonly text: string; readonly line: number }[] = [];
  let hasTitle = false;
  /** Line of the `#` that ends the steps. */
  let endLine: number | undefined;
  let fence: OpenFence | undefined;
  let comment: Span | undefined;
  let above = "";
  /** The section that lines belong to now, and the groups around it. */
  let section: OpenSection | undefined;
  let around: readonly OpenSection[] = [];

  const keep = (text: string, line: number, column = 1) => {
    if (endLine === undefined) section?.prose.push({ text, line, column });
  };
  const leaveOpen = (span: Span, hint?: string) =>
    void complaints.push({ code: "step/unclosed-comment", message: "this comment is never closed", span, hint });

  const closeFence = ({ start, line, lines }: OpenFence) => {
    const found = toFence(start, line, lines);
    if (endLine !== undefined || section === undefined) return void outside.push(found);
    section.fences.push(found);
    section.isGroup ||= isGroupBlock(found);
    if (!isMarked(found)) for (const [index, text] of lines.entries()) keep(text, line + index);
  };
  const takeFence = (text: string, line: number, found: BlockLine): boolean => {
    if (found.kind === "fence-start" && found.inside === undefined) fence = { start: found.fence, line, lines: [] };
    if (fence === undefined) return false;
    fence.lines.push(text);
    if (found.kind !== "fence-end") return true;
    closeFence(fence);
    fence = undefined;
    return true;
  };
  const takeComment = (text: string, line: number, found: BlockLine): boolean => {
    if (comment !== undefined && (found.kind !== "comment" || found.begins)) leaveOpen(comment);
    comment = found.kind === "comment" && !found.begins ? comment : undefined;
    if (found.kind !== "comment") return false;
    const { kept, removed, unclosed } = stripComments(text, found.from, found.begins);
    if (unclosed !== undefined)
      leaveOpen(spanOf(line, unclosed + 1, unclosed + 5), "end it on this line, or begin it on a line of its own");
    if (found.ends) comment = undefined;
    else if (found.begins) comment = spanOf(line, found.from + 1, found.from + 5);
    if (kept.trim() !== "") keep(kept, line, removed + 1);
    return true;
  };
  const takeHeading = ({ level, text }: Heading, whole: string, line: number): boolean => {
    if (level === 1) {
      if (hasTitle || section !== undefined) endLine ??= line;
      hasTitle = true;
      return true;
    }
    if (endLine !== undefined) return level === 2 ? late.push({ text, line }) > 0 : false;
    const parent = around.find((open) => open.isGroup && open.level === level - 1);
    if (level > 2 && parent === undefined) {
      if (section?.isGroup === true) complaints.push(complainOfDepth(section, whole, line));
      return false;
    }
    section = { heading: text, line, level, children: [], prose: [], fences: [], isGroup: false };
    (parent?.children ?? sections).push(section);
    around = [...around.filter((open) => open.level < level), section];
    return true;
  };

  return {
    take(text, line) {
      const found = read(text);
      const isTaken =
        takeFence(text, line, found) ||
        takeComment(text, line, found) ||
        (found.kind === "heading" && found.inside === undefined && takeHeading(found.heading, text, line));
      if (!isTaken) {
        keep(text, line);
        const inStep = section !== undefined;
        if (endLine === undefined) complaints.push(...complainOfLine(found, { text, line, above, inStep }));
      }
      above = text;
    },
    end() {
      if (fence !== undefined) {
        const column = fence.start.indent + 1;
        const span = spanOf(fence.line, column, column + fence.start.length + fence.start.info.length);
        complaints.push({ code: "step/unclosed-fence", message: "this block is never closed", span });
      }
      if (comment !== undefined) leaveOpen(comment);
      if (sections.length === 0) complaints.push(complainOfNoSteps(late.length === 0 ? undefined : endLine));
      else if (late.length > 0) complaints.push(complainOfLateHeadings(late, endLine as number));
      return { sections, outside, complaints };
    },
  };
}

function toFence(start: FenceStart, line: number, lines: readonly string[]): Fence {
  const { info, infoColumn, indent } = start;
  const body = lines.slice(1, -1).map((text) => withoutIndent(text, indent));
  return {
    info,
    span: spanOf(line, infoColumn, infoColumn + Math.max(1, info.length)),
    body: body.join("\n"),
    line,
    bodyLine: line + 1,
    bodyColumn: indent + 1,
  };
}

/** A body's line without the spaces that its block is indented by. */
function withoutIndent(text: string, indent: number): string {
  let from = 0;
  while (from < indent && text[from] === " ") from += 1;
  return text.slice(from);
}

function complainOfNoSteps(endLine: number | undefined): Complaint {
  const code = "workflow/no-steps";
  if (endLine === undefined)
    return { code, message: "there is no `##` heading, so there is nothing to run", span: spanOf(1, 1, 2) };
  const message = "this second `#` ends the steps, and no `##` stands before it, so there is nothing to run";
  return { code, message, span: spanOf(endLine, 1, 2), hint: "take it away, or write it as `##`" };
}

function spanOf(line: number, column: number, endColumn: number): Span {
  return { line, column, endLine: line, endColumn };
}
