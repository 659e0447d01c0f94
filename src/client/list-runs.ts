import type { WorkflowExecutionInfo } from "@temporalio/client";
import type { RunStatus } from "../plan/report.ts";
import { isEndState } from "../plan/run-states.ts";
import { STATUS_ATTRIBUTE } from "../plan/search-attributes.ts";
import type { Connected } from "./connect-client.ts";

/** One line of `list`. Times are ISO 8601 UTC. */
export interface RunSummary {
  readonly run: string;
  readonly workflow: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly closedAt: string | null;
}

/** Which runs; all that are given must hold. */
export interface RunFilter {
  readonly workflow?: string;
  readonly status?: RunStatus;
  /** Started at this moment or later. */
  readonly since?: Date;
  /** @default 100 */
  readonly limit?: number;
}

const DEFAULT_LIMIT = 100;

/** Our runs of the server, newest first. */
export async function listRuns(connected: Connected, filter: RunFilter = {}): Promise<readonly RunSummary[]> {
  const conditions = [`${STATUS_ATTRIBUTE} IS NOT NULL`];
  if (filter.workflow !== undefined) conditions.push(`WorkflowType = ${quote(filter.workflow)}`);
  if (filter.since !== undefined) conditions.push(`StartTime >= '${filter.since.toISOString()}'`);
  const runs: RunSummary[] = [];
  const seen = new Set<string>();
  for await (const info of connected.client.workflow.list({ query: conditions.join(" AND ") })) {
    // A run that ran again from a step has several executions; the newest comes first.
    if (seen.has(info.workflowId)) continue;
    seen.add(info.workflowId);
    const summary = summarize(info);
    if (filter.status !== undefined && summary.status !== filter.status) continue;
    runs.push(summary);
    if (runs.length >= (filter.limit ?? DEFAULT_LIMIT)) break;
  }
  return runs;
}

function summarize(info: WorkflowExecutionInfo): RunSummary {
  return {
    run: info.workflowId,
    workflow: info.type,
    status: statusOf(info),
    startedAt: info.startTime.toISOString(),
    closedAt: info.closeTime?.toISOString() ?? null,
  };
}

/** The server's word counts where it ended the run itself; ours is finer everywhere else. */
function statusOf(info: WorkflowExecutionInfo): RunStatus {
  const ours = info.searchAttributes?.[STATUS_ATTRIBUTE]?.[0] as RunStatus | undefined;
  if (ours !== undefined && isEndState(ours)) return ours;
  switch (info.status.name) {
    case "COMPLETED":
      return "completed";
    case "CANCELLED":
      return "cancelled";
    case "FAILED":
    case "TERMINATED":
    case "TIMED_OUT":
      return "failed";
    default:
      return ours ?? "running";
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
