import { type Complaint } from "../../diagnostics/create-diagnostic.ts";

/** A fenced block at the left margin. Lines are counted from 1. */
export interface Fence {
  readonly info: string;
  readonly body: string;
  readonly line: number;
  /** First line of the body. */
  readonly bodyLine: number;
  readonly endLine: number;
  /** Column of the first character of the body's lines, from 1. */
  readonly bodyColumn: number;
}

/** A heading that is a step, with what belongs to it. */
export interface Section {
  readonly heading: string;
  readonly line: number;
  /** 2 for `##`, 3 for the child of a group, and so on. */
  readonly level: number;
  /** Of a group: the headings one level deeper. */
  readonly children: readonly Section[];
  /** Lines after the heading, fences that act left out, in order; each with its number. */
  readonly prose: readonly { readonly text: string; readonly line: number }[];
  readonly fences: readonly Fence[];
}

/** A file as headings and fences. */
export interface Scanned {
  readonly title: string | undefined;
  readonly sections: readonly Section[];
  /** Fences before the first step, and after the second `#`, which ends the steps. */
  readonly outside: readonly Fence[];
  readonly complaints: readonly Complaint[];
}

/** Second words of an info string that make a block act. */
export const MARKS = new Set(["step", "prompt", "run", "schema", "with", "undo", "test"]);

interface Open {
  heading: string;
  line: number;
  level: number;
  children: Open[];
  prose: { text: string; line: number }[];
  fences: Fence[];
}

/** Reads headings and fences as CommonMark does, line by line; `firstLine` is the number of `lines[0]`. */
export function scanMarkdown(lines: readonly string[], firstLine: number): Scanned {
  const sections: Open[] = [];
  const outside: Fence[] = [];
  const complaints: Complaint[] = [];
  let title: string | undefined;
  let ended = false;
  let inComment = false;
  /** The section that lines belong to now, and the groups around it. */
  let section: Open | undefined;
  let around: readonly Open[] = [];

  for (let index = 0; index < lines.length; index += 1) {
    const text = lines[index] as string;
    const line = firstLine + index;
    const opening = inComment ? null : /^( {0,3})(`{3,}|~{3,})(.*)$/.exec(text);
    if (opening !== null && !(opening[2]?.startsWith("`") && opening[3]?.includes("`"))) {
      const fence = readFence(lines, index, {
        indent: opening[1]?.length ?? 0,
        marker: opening[2] as string,
        info: (opening[3] as string).trim(),
        line,
      });
      if (fence === undefined) {
        complaints.push({
          code: "step/unclosed-fence",
          message: "this block is never closed",
          span: spanOfLine(line, text),
        });
        break;
      }
      if (ended || section === undefined) outside.push(fence);
      else {
        section.fences.push(fence);
        if (!isMarked(fence))
          for (let at = index; at <= fence.endLine - firstLine; at += 1)
            section.prose.push({ text: lines[at] as string, line: firstLine + at });
      }
      index = fence.endLine - firstLine;
      continue;
    }
    const inItem = inComment ? undefined : endOfItemFence(lines, index);
    if (inItem !== undefined) {
      complaints.push(...oddities(lines, index, line));
      const prose = ended ? undefined : section?.prose;
      for (let at = index; at <= inItem; at += 1) prose?.push({ text: lines[at] as string, line: firstLine + at });
      index = inItem;
      continue;
    }
    if (!inComment && /^\s*<!--/.test(text)) inComment = true;
    if (inComment) {
      if (text.includes("-->")) inComment = false;
      continue;
    }
    const heading = /^ {0,3}(#{1,6})(?:[ \t]+(.*))?$/.exec(text);
    const level = heading?.[1]?.length;
    if (level === 1) {
      if (title === undefined && section === undefined) title = heading?.[2] ?? "";
      else ended = true;
    } else if (level !== undefined && !ended && (level === 2 || around.some((open) => isGroupAt(open, level - 1)))) {
      around = around.filter((open) => open.level < level);
      section = { heading: heading?.[2] ?? "", line, level, children: [], prose: [], fences: [] };
      (around.at(-1)?.children ?? sections).push(section);
      around = [...around, section];
    } else if (!ended && section !== undefined) {
      section.prose.push({ text, line });
    }
    if (!ended) complaints.push(...oddities(lines, index, line));
  }
  return { title, sections, outside, complaints };
}

/** True for a fence that acts. */
export function isMarked(fence: Fence): boolean {
  return MARKS.has(fence.info.split(/\s+/)[1] ?? "");
}

function readFence(
  lines: readonly string[],
  index: number,
  open: { readonly indent: number; readonly marker: string; readonly info: string; readonly line: number },
): Fence | undefined {
  const close = new RegExp(`^ {0,3}${open.marker[0] === "~" ? "~" : "`"}{${open.marker.length},}[ \\t]*$`);
  const body: string[] = [];
  const strip = new RegExp(`^ {0,${open.indent}}`);
  for (let at = index + 1; at < lines.length; at += 1) {
    const text = lines[at] as string;
    if (close.test(text)) {
      return {
        info: open.info,
        body: body.join("\n"),
        line: open.line,
        bodyLine: open.line + 1,
        endLine: open.line + at - index,
        bodyColumn: open.indent + 1,
      };
    }
    body.push(open.indent === 0 ? text : text.replace(strip, ""));
  }
  return undefined;
}

/** A group says so in its block before its first child. */
function isGroupAt({ level, fences }: Open, wanted: number): boolean {
  return (
    level === wanted &&
    fences.some(({ info, body }) => /^yaml\s+step$/.test(info) && /(?:^|[{,])\s*["']?group["']?\s*:/m.test(body))
  );
}

/** Where a block that begins on the line of a list item ends; its closing fence is no opening one. */
function endOfItemFence(lines: readonly string[], index: number): number | undefined {
  const open = /^(\s*(?:[-*+]|\d+[.)])\s+)(`{3,}|~{3,})[^`]*$/.exec(lines[index] as string);
  if (open === null) return undefined;
  const [, item = "", marker = ""] = open;
  for (let at = index + 1; at < lines.length; at += 1) {
    const text = lines[at] as string;
    const indent = text.length - text.trimStart().length;
    if (text.trim() !== "" && indent < item.length) return at - 1;
    if (text.trim().startsWith(marker) && /^(`+|~+)$/.test(text.trim())) return at;
  }
  return lines.length - 1;
}

/** Things that look like steps and are none. */
function oddities(lines: readonly string[], index: number, line: number): readonly Complaint[] {
  const text = lines[index] as string;
  const nested =
    /^\s*(?:>|[-*+]\s|\d+[.)]\s)\s*(?:>\s*)*(`{3,}|~{3,})\s*(\S+)\s+(\S+)/.exec(text) ??
    /^ {4,}(`{3,}|~{3,})\s*(\S+)\s+(\S+)\s*$/.exec(text);
  if (nested !== null && MARKS.has(nested[3] as string)) {
    return [
      {
        code: "step/nested-block",
        message: "this block stands inside a quote or a list, where it never runs",
        span: spanOfLine(line, text),
      },
    ];
  }
  const above = lines[index - 1] ?? "";
  if (/^ {0,3}-{2,}\s*$/.test(text) && above.trim() !== "" && !/^\s*([#>|`~-]|\d+[.)])/.test(above)) {
    return [
      {
        code: "step/setext-heading",
        message: `“${above.trim().slice(0, 40)}” becomes a heading, but not a step`,
        span: spanOfLine(line - 1, above),
      },
    ];
  }
  return [];
}

function spanOfLine(line: number, text: string): NonNullable<Complaint["span"]> {
  const column = text.length - text.trimStart().length + 1;
  return { line, column, endLine: line, endColumn: Math.max(column + 1, text.trimEnd().length + 1) };
}
