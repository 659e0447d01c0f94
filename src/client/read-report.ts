import type { WorkflowExecutionDescription } from "@temporalio/client";
import { readPieces } from "../history/read-pieces.ts";
import { REPORT, type ReportAnswer } from "../plan/messages.ts";
import type { Piece } from "../plan/pieces.ts";
import type { RunReport, RunStatus } from "../plan/report.ts";
import { askPatiently } from "./ask-patiently.ts";
import { attemptsUnderWay } from "./attempts-under-way.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { reportWithoutRun } from "./report-without-run.ts";

/**
 * The run's report, live or ended. Needs a worker that polls, because the run itself answers. Throws `DiagnosticError`
 * `run/not-found`, `run/stuck` where the server knows why the run does not answer, and `run/no-answer` where it is late.
 */
export async function readReport(connected: Connected, run: string): Promise<RunReport> {
  const asked = await askPatiently(connected, run, (timeoutMs) => askForReport(connected, run, timeoutMs));
  if ("answer" in asked) return joinParts(connected, joinFacts(asked.answer, asked.description));
  // One that was refused at its start, or ended by force before it ever ran, has nobody who could answer.
  return reportWithoutRun(connected, asked.description);
}

/** The questions of parts of long loops belong to the run, and say which part asks. */
async function joinParts(connected: Connected, report: RunReport): Promise<RunReport> {
  if (report.closedAt !== null) return report;
  const asking = report.steps.flatMap(({ parts = [] }) => parts.filter(({ questions }) => questions > 0));
  if (asking.length === 0) return report;
  const asked = await Promise.all(
    asking.map(async ({ run }) => {
      const { approvals } = await readReport(connected, run);
      return approvals.filter(({ status }) => status === "pending").map((one) => ({ run, ...one }));
    }),
  );
  return { ...report, approvals: [...report.approvals, ...asked.flat()] };
}

async function askForReport(connected: Connected, run: string, timeoutMs?: number): Promise<RunReport> {
  const handle = connected.client.workflow.getHandle(run);
  const ask = (piece: number) =>
    withDeadline(connected, () => handle.query<ReportAnswer, [number]>(REPORT, piece), timeoutMs);
  const first = await ask(0);
  if (!("count" in first)) return first;
  return JSON.parse(await readPieces(first, (piece) => ask(piece) as Promise<Piece>)) as RunReport;
}

/** What the server knows better than the run: a forced end, and attempts under way. */
function joinFacts(report: RunReport, description: WorkflowExecutionDescription): RunReport {
  const forced = FORCED_ENDS[description.status.name];
  if (forced !== undefined && report.closedAt === null) {
    return {
      ...report,
      status: forced.status,
      closedAt: description.closeTime?.toISOString() ?? null,
      error: report.error ?? { code: forced.code, message: forced.message, step: null },
    };
  }
  const attempts = attemptsUnderWay(description);
  if (attempts.size === 0) return report;
  const steps = report.steps.map((step) =>
    attempts.has(step.path) ? { ...step, attempts: attempts.get(step.path) as number } : step,
  );
  return { ...report, steps };
}

const FORCED_ENDS: Readonly<Record<string, { status: RunStatus; code: string; message: string }>> = {
  TERMINATED: { status: "failed", code: "run/terminated", message: "the run was terminated from outside" },
  TIMED_OUT: { status: "failed", code: "run/timeout", message: "the server ended the run at its time limit" },
  FAILED: { status: "failed", code: "run/failed", message: "the run failed before it could report" },
  CANCELLED: { status: "cancelled", code: "run/cancelled", message: "the run was cancelled" },
};
