import type { RunReport } from "../plan/report.ts";
import { durationOf, shortValue } from "./render-markdown.ts";

/** One thing that happened in a run. */
export interface LogEntry {
  readonly at: string;
  readonly level: "info" | "warning" | "error";
  readonly step: string | null;
  readonly message: string;
}

/** What happened, in order of time. */
export function listLogEntries(report: RunReport): readonly LogEntry[] {
  const entries: LogEntry[] = [
    { at: report.startedAt, level: "info", step: null, message: `run ${report.run} of ${report.workflow} started` },
  ];
  for (const step of report.steps) {
    if (step.startedAt !== null)
      entries.push({ at: step.startedAt, level: "info", step: step.path, message: "started" });
    if (step.closedAt === null) continue;
    const took = durationOf(step);
    if (step.error === null) {
      const tries = step.attempts > 1 ? ` at attempt ${step.attempts}` : "";
      entries.push({
        at: step.closedAt,
        level: "info",
        step: step.path,
        message: `${step.status}${tries} after ${took}: ${shortValue(step.output).slice(0, 120)}`,
      });
    } else {
      const tries = step.attempts > 1 ? ` after ${step.attempts} attempts` : "";
      entries.push({
        at: step.closedAt,
        level: "error",
        step: step.path,
        message: `${step.status}${tries}: ${step.error.code}: ${step.error.message}`,
      });
    }
  }
  for (const approval of report.approvals) {
    entries.push({
      at: approval.requestedAt,
      level: "info",
      step: approval.step,
      message: `asks: ${approval.message}`,
    });
    for (const vote of approval.votes) {
      entries.push({
        at: vote.at,
        level: "info",
        step: approval.step,
        message: `${vote.by} voted ${vote.decision}${vote.comment === null ? "" : `: ${vote.comment}`}`,
      });
    }
  }
  const sorted = entries.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  if (report.closedAt !== null) {
    const why = report.error === null ? "" : `: ${report.error.code}: ${report.error.message}`;
    sorted.push({
      at: report.closedAt,
      level: report.status === "completed" ? "info" : "error",
      step: null,
      message: `run ${report.status}${why}`,
    });
  }
  return sorted;
}

/** The log as lines. */
export function renderLog(report: RunReport): string {
  return listLogEntries(report)
    .map(({ at, level, step, message }) => `${at} ${level.padEnd(7)} ${step === null ? "" : `${step}: `}${message}`)
    .join("\n");
}
