import type { Complaint } from "../../diagnostics/create-diagnostic.ts";

/** A workflow file cut into front matter and body. */
export interface Source {
  readonly text: string;
  /** Undefined where there is none. */
  readonly frontMatter: string | undefined;
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
  if (complaints.length > 0) return { text, frontMatter: undefined, bodyLines: [], bodyLine: 1, complaints };

  const [first = ""] = lines;
  if (!first.startsWith("---")) return { text, frontMatter: undefined, bodyLines: lines, bodyLine: 1, complaints };
  if (!/^---\s*$/.test(first)) {
    complaints.push(
      complaint("front-matter/language", `front matter begins with \`---\` alone, not with \`${first.slice(0, 40)}\``, {
        line: 1,
        column: 4,
      }),
    );
    return { text, frontMatter: undefined, bodyLines: [], bodyLine: 1, complaints };
  }
  const end = lines.findIndex((line, index) => index > 0 && /^(---|\.\.\.)\s*$/.test(line));
  if (end < 0) {
    complaints.push(
      complaint("front-matter/unclosed", "the `---` on line 1 is never followed by a second one", {
        line: 1,
        column: 1,
      }),
    );
    return { text, frontMatter: undefined, bodyLines: [], bodyLine: 1, complaints };
  }
  return {
    text,
    frontMatter: lines.slice(1, end).join("\n"),
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
