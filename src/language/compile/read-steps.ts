import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import type { Diagnostic, Span } from "../../diagnostics/diagnostic.ts";
import { MAX_ID_CHARACTERS } from "../../plan/limits.ts";
import type { OutputSpec } from "../../plan/plan.ts";
import type { Fence, ProseLine, Section } from "../parse/scan-markdown.ts";
import type { Reader } from "../reader.ts";
import { plainHeading } from "../plain-heading.ts";
import { slugOf } from "../slug.ts";
import { lastAtMost } from "../yaml/locator.ts";
import { parseOutput } from "./parse-output.ts";
import { readSettings } from "./read-settings.ts";

/** A step before its kind is known. */
export interface StepHead {
  readonly id: string;
  readonly title: string;
  readonly span: Span;
  readonly reader: Reader;
  readonly prose: string;
  /** The place of a stretch of the trimmed prose. */
  proseSpan(start: number, end: number): Span;
  readonly fences: readonly Fence[];
  readonly output: OutputSpec | undefined;
  /** Position in the plan: the id, with the groups' ids before it. */
  readonly path: string;
  readonly parent: StepHead | undefined;
  readonly children: readonly StepHead[];
  /** `## Finally`. */
  readonly isLast: boolean;
}

/** Reads ids, blocks and declared outputs of all steps, so that any step can be named in any other. */
export function readSteps(sections: readonly Section[], file: string, diagnostics: Diagnostic[]): readonly StepHead[] {
  const lines = new Map<string, number>();
  const read = (section: Section, parent: StepHead | undefined): StepHead => {
    const title = plainHeading(section.heading);
    const span: Span = {
      line: section.line,
      column: 1,
      endLine: section.line,
      endColumn: section.heading.length + section.level + 2,
    };
    const reader = readSettings(section, { file, diagnostics, span });
    const id = reader.text("id") ?? slugOf(title);
    const place = reader.has("id") ? reader.spanOf(["id"]) : span;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(id)) {
      diagnostics.push(
        createDiagnostic({
          code: "step/no-id",
          message: id === "" ? "this heading gives no id" : `${id} is not an id: letters, digits and _ only`,
          file,
          span: place,
        }),
      );
    }
    if (id.length > MAX_ID_CHARACTERS) {
      const message = `the id has ${id.length} characters; at most ${MAX_ID_CHARACTERS} are allowed`;
      diagnostics.push(createDiagnostic({ code: "step/long-id", message, file, span: place }));
    }
    const before = lines.get(id);
    if (before !== undefined) {
      const related = [{ message: "the first one", span: { line: before, column: 1, endLine: before, endColumn: 2 } }];
      diagnostics.push(
        createDiagnostic({
          code: "step/duplicate-id",
          message: `the id ${id} is used on lines ${before} and ${section.line}`,
          file,
          span: place,
          related,
        }),
      );
    }
    lines.set(id, section.line);
    const prompt = section.fences.find(({ info }) => /^md\s+prompt$/.test(info));
    const prose =
      prompt === undefined
        ? section.prose
        : prompt.body
            .split("\n")
            .map((text, index) => ({ text, line: prompt.bodyLine + index, column: prompt.bodyColumn }));
    const yaml = { spanOf: reader.spanOf };
    const children: StepHead[] = [];
    const head: StepHead = {
      id,
      title,
      span,
      reader,
      prose: prose.map(({ text }) => text).join("\n"),
      proseSpan: createPlaces(prose),
      fences: section.fences,
      output: parseOutput(reader, { fences: section.fences, file, yaml, diagnostics }),
      path: parent === undefined ? id : `${parent.path}.${id}`,
      parent,
      children,
      isLast: parent === undefined && /^finally$/i.test(title),
    };
    children.push(...section.children.map((child) => read(child, head)));
    return head;
  };
  return sections.map((section) => read(section, undefined));
}

/** All steps, children after their group. */
export function flattenHeads(heads: readonly StepHead[]): readonly StepHead[] {
  return heads.flatMap((head) => [head, ...flattenHeads(head.children)]);
}

/** Places of stretches of the trimmed prose; where its lines begin is worked out once. */
function createPlaces(prose: readonly ProseLine[]): (start: number, end: number) => Span {
  let starts: readonly number[] | undefined;
  return (start, end) => {
    starts ??= startsOf(prose);
    const index = Math.max(0, lastAtMost(starts, start));
    const { text, line, column } = prose[index] ?? { text: "", line: 1, column: 1 };
    const left = Math.min(start - (starts[index] ?? 0), text.length);
    const right = Math.min(text.length, left + end - start);
    return { line, column: column + left, endLine: line, endColumn: column + Math.max(right, left + 1) };
  };
}

/** Counted from the first character of the trimmed prose. */
function startsOf(prose: readonly ProseLine[]): readonly number[] {
  const whole = prose.map(({ text }) => text).join("\n");
  let next = whole.trimStart().length - whole.length;
  return prose.map(({ text }) => {
    const start = next;
    next += text.length + 1;
    return start;
  });
}
