import type { ReportAnswer } from "../plan/messages.ts";
import { utf8Bytes } from "../plan/text-size.ts";
import { buildReport } from "./build-report.ts";
import type { RunState } from "./run-state.ts";

/** A larger report is asked for in parts: the server does not pass on answers of more than 2 MB. */
const MAX_WHOLE_BYTES = 1_500_000;
/** As JSON inside JSON a part of plain text has at most twice as many bytes, of any other three times. */
const PLAIN_PART_CHARACTERS = 900_000;
const PART_CHARACTERS = 400_000;

/** The report, or where it is too large for one answer, of how many parts it consists; with `part`, that part of it. */
export function answerReport(run: RunState, part?: number): ReportAnswer {
  const report = buildReport(run);
  const text = JSON.stringify(report);
  if (part === undefined && text.length * 3 <= MAX_WHOLE_BYTES) return report;
  const bytes = utf8Bytes(text);
  if (part === undefined && bytes <= MAX_WHOLE_BYTES) return report;
  const mark = markOf(text);
  const size = bytes === text.length ? PLAIN_PART_CHARACTERS : PART_CHARACTERS;
  if (part === undefined) return { parts: Math.ceil(text.length / size), mark };
  return { mark, text: text.slice(part * size, (part + 1) * size) };
}

/** Differs where the report has changed between two parts. Without `Math`: in the sandbox every look at a global is slow. */
function markOf(text: string): string {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) hash = (hash * 31 + text.charCodeAt(index)) | 0;
  return `${text.length}.${hash}`;
}
