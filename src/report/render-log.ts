import type { RunReport, StepReport } from "../plan/report.ts";
import { durationOf, shortValue } from "./render-markdown.ts";

/** One thing that happened in a run. */
export interface LogEntry {
  readonly at: string;
  readonly level: "info" | "warning" | "error";
  readonly step: string | null;
  readonly message: string;
}

const MAX_OUTPUT_CHARACTERS = 120;

/** What happened, in order of time. What was taken back, and notices, have no time of their own: they stand at the end. */
export function listLogEntries(report: RunReport): readonly LogEntry[] {
  const entries: LogEntry[] = [
    { at: report.startedAt, level: "info", step: null, message: `run ${report.run} of ${report.workflow} started` },
    ...report.steps.flatMap(entriesOfStep),
    ...report.approvals.flatMap(entriesOfApproval),
  ];
  const sorted = entries.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return [...sorted, ...entriesOfEnd(report, sorted.at(-1)?.at ?? report.startedAt)];
}

/** The log as lines. */
export function renderLog(report: RunReport): string {
  return listLogEntries(report)
    .map(({ at, level, step, message }) => `${at} ${level.padEnd(7)} ${step === null ? "" : `${step}: `}${message}`)
    .join("\n");
}

function entriesOfStep(step: StepReport): readonly LogEntry[] {
  const { path, startedAt, closedAt, status, error, attempts, failovers = [] } = step;
  const entries: LogEntry[] = failovers.map(({ timestamp, step: at, from_agent: from, to_agent: to, error: why }) => ({
    at: timestamp,
    level: "warning",
    step: at,
    message: `handed over from ${from} to ${to}: ${why.code}: ${why.message}`,
  }));
  if (startedAt !== null) entries.push({ at: startedAt, level: "info", step: path, message: "started" });
  if (closedAt === null) return entries;
  const tries = attempts > 1 ? (error === null ? ` at attempt ${attempts}` : ` after ${attempts} attempts`) : "";
  const what =
    error === null
      ? ` after ${durationOf(step)}: ${shortValue(step.output).slice(0, MAX_OUTPUT_CHARACTERS)}`
      : `: ${error.code}: ${error.message}`;
  const level = error === null ? "info" : "error";
  return [...entries, { at: closedAt, level, step: path, message: `${status}${tries}${what}` }];
}

function entriesOfApproval({ requestedAt, step, message, votes }: RunReport["approvals"][number]): LogEntry[] {
  return [
    { at: requestedAt, level: "info", step, message: `asks: ${message}` },
    ...votes.map(({ at, by, decision, comment }): LogEntry => ({
      at,
      level: "info",
      step,
      message: `${by} voted ${decision}${comment === null ? "" : `: ${comment}`}`,
    })),
  ];
}

/** `last`: the time of the newest entry before them. */
function entriesOfEnd({ closedAt, status, error, steps, notices }: RunReport, last: string): LogEntry[] {
  const at = closedAt ?? last;
  const undos = steps.flatMap(({ undo = [] }) => undo);
  const entries = undos.flatMap(({ step, status: how, error: why }): LogEntry[] => {
    if (how === "completed") return [{ at, level: "info", step, message: "taken back" }];
    if (how !== "failed") return [];
    return [{ at, level: "error", step, message: `not taken back: ${why?.code}: ${why?.message}` }];
  });
  for (const message of notices) entries.push({ at, level: "warning", step: null, message });
  if (closedAt === null) return entries;
  const why = error === null ? "" : `: ${error.code}: ${error.message}`;
  const level = status === "completed" ? "info" : "error";
  return [...entries, { at, level, step: null, message: `run ${status}${why}` }];
}
