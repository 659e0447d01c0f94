import type { ReportAnswer } from "../plan/messages.ts";
import { pieceOf } from "../plan/pieces.ts";
import { utf8Bytes } from "../plan/text-size.ts";
import { buildReport } from "./build-report.ts";
import type { RunState } from "./run-state.ts";

/** A larger report is told in pieces: the server does not pass on answers of more than 2 MB. */
const MAX_WHOLE_BYTES = 1_500_000;

/** The report; where it is too large for one answer, the piece that was asked for, from 0. */
export function answerReport(run: RunState, piece = 0): ReportAnswer {
  const report = buildReport(run);
  const text = JSON.stringify(report);
  if (utf8Bytes(text) <= MAX_WHOLE_BYTES) return report;
  return pieceOf(text, piece, run.changes);
}
