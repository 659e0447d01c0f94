import type { RunStatus } from "../plan/report.ts";
import { isEndState } from "../plan/run-states.ts";
import type { Connected } from "./connect-client.ts";
import { listRuns, type RunFilter, type RunSummary } from "./list-runs.ts";

/** Figures of one workflow, or of all. */
export interface RunStatistics {
  readonly workflow: string;
  readonly total: number;
  readonly byStatus: Partial<Record<RunStatus, number>>;
  /** Completed among the ended, 0 to 1; null while none has ended. */
  readonly successRate: number | null;
  /** Of ended runs, milliseconds. */
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
}

const MOST_RUNS = 100_000;

/** Counts runs by workflow and state. */
export async function readStatistics(
  connected: Connected,
  filter: Pick<RunFilter, "workflow" | "since">,
): Promise<{ readonly all: RunStatistics; readonly workflows: readonly RunStatistics[] }> {
  const runs = await listRuns(connected, { ...filter, limit: MOST_RUNS });
  const names = [...new Set(runs.map(({ workflow }) => workflow))].sort();
  return {
    all: summarize("all", runs),
    workflows: names.map((name) =>
      summarize(
        name,
        runs.filter(({ workflow }) => workflow === name),
      ),
    ),
  };
}

function summarize(workflow: string, runs: readonly RunSummary[]): RunStatistics {
  const byStatus: Partial<Record<RunStatus, number>> = {};
  for (const { status } of runs) byStatus[status] = (byStatus[status] ?? 0) + 1;
  const ended = runs.filter(({ status }) => isEndState(status));
  const times = ended
    .flatMap(({ startedAt, closedAt }) => (closedAt === null ? [] : [Date.parse(closedAt) - Date.parse(startedAt)]))
    .sort((a, b) => a - b);
  const quantile = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? null;
  return {
    workflow,
    total: runs.length,
    byStatus,
    successRate: ended.length === 0 ? null : (byStatus.completed ?? 0) / ended.length,
    medianMs: quantile(0.5),
    p95Ms: quantile(0.95),
  };
}
