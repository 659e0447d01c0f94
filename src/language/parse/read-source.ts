import type { Complaint } from "../../diagnostics/create-diagnostic.ts";

/** A workflow file cut into front matter and body. */
export interface Source {
  readonly text: string;
  /** Undefined where there is none. */
  readonly frontMatter: string | undefined;
  /** Number of its first line. */
  readonly frontMatterLine: number;
  readonly bodyLines: readonly string[];
  /** Number of the first line of the body. */
  readonly bodyLine: number;
  readonly complaints: readonly Complaint[];
}

const MAX_LINE_CHARACTERS = 1_000_000;

/** Decodes UTF-8 (BOM dropped, CRLF made LF) and finds the front matter. Front matter is YAML and never executed. */
export function readSource(bytes: Uint8Array | string): Source {
  const complaints: Complaint[] = [];
  const text = decode(bytes, complaints)
    .replace(/^\uFEFF/, "")
    .replace(/\r\n?/g, "\n");
  const lines = text.split("\n");
  const nul = lines.findIndex((line) => line.includes("\0"));
  if (nul >= 0)
    complaints.push(
      complaint("file/nul", "the file holds a NUL character", {
        line: nul + 1,
        column: (lines[nul] as string).indexOf("\0") + 1,
      }),
    );
  const long = lines.findIndex((line) => line.length > MAX_LINE_CHARACTERS);
  if (long >= 0)
    complaints.push(
      complaint("file/long-line", `line ${long + 1} has ${(lines[long] as string).length} characters`, {
        line: long + 1,
        column: 1,
      }),
    );
  const broken: Source = { text, frontMatter: undefined, frontMatterLine: 1, bodyLines: [], bodyLine: 1, complaints };
  if (complaints.length > 0) return broken;

  const start = lines.findIndex((line) => line.trim() !== "");
  const first = lines[start] ?? "";
  if (!first.startsWith("---")) return { ...broken, bodyLines: lines };
  if (!/^---\s*$/.test(first)) {
    complaints.push(
      complaint("front-matter/language", `front matter begins with \`---\` alone, not with \`${first.slice(0, 40)}\``, {
        line: start + 1,
        column: 4,
      }),
    );
    return broken;
  }
  const end = lines.findIndex((line, index) => index > start && /^(---|\.\.\.)\s*$/.test(line));
  if (end < 0) {
    complaints.push(
      complaint("front-matter/unclosed", `the \`---\` on line ${start + 1} is never followed by a second one`, {
        line: start + 1,
        column: 1,
      }),
    );
    return broken;
  }
  return {
    text,
    frontMatter: lines.slice(start + 1, end).join("\n"),
    frontMatterLine: start + 2,
    bodyLines: lines.slice(end + 1),
    bodyLine: end + 2,
    complaints,
  };
}

function decode(bytes: Uint8Array | string, complaints: Complaint[]): string {
  if (typeof bytes === "string") return bytes;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const lossy = new TextDecoder("utf-8").decode(bytes);
    const before = lossy.slice(0, Math.max(0, lossy.indexOf("\uFFFD"))).split("\n");
    complaints.push(
      complaint("file/not-utf8", "the file is not UTF-8 text", {
        line: before.length,
        column: (before.at(-1)?.length ?? 0) + 1,
      }),
    );
    return "";
  }
}

function complaint(code: string, message: string, at: { readonly line: number; readonly column: number }): Complaint {
  return { code, message, span: { ...at, endLine: at.line, endColumn: at.column + 1 } };
}
