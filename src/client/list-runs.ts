import type { WorkflowExecutionInfo } from "@temporalio/client";
import type { RunStatus } from "../plan/report.ts";
import { isEndState } from "../plan/run-states.ts";
import { STATUS_ATTRIBUTE } from "../plan/search-attributes.ts";
import type { Connected } from "./connect-client.ts";
import { listExecutions } from "./list-executions.ts";

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
  /** In one of these. */
  readonly statuses?: readonly RunStatus[];
  /** Started at this moment or later. */
  readonly since?: Date;
  /** @default 100 */
  readonly limit?: number;
}

/** How many runs are listed where nobody says. */
export const DEFAULT_LIMIT = 100;
/** Ids in one query. */
const IDS_AT_ONCE = 50;

/** Our runs of the server, newest first; where there are more than the limit, open ones are preferred. */
export async function listRuns(connected: Connected, filter: RunFilter = {}): Promise<readonly RunSummary[]> {
  const { statuses, limit = DEFAULT_LIMIT } = filter;
  const conditions = [`${STATUS_ATTRIBUTE} IS NOT NULL`];
  if (filter.workflow !== undefined) conditions.push(`WorkflowType = ${quote(filter.workflow)}`);
  if (filter.since !== undefined) conditions.push(`StartTime >= '${filter.since.toISOString()}'`);
  if (statuses !== undefined) conditions.push(`(${statuses.map(mayBe).join(" OR ")})`);
  const runs: RunSummary[] = [];
  for await (const found of inGroups(newest(connected, conditions), IDS_AT_ONCE)) {
    const fitting = statuses === undefined ? found : await stillIn(connected, found, statuses);
    runs.push(...fitting.slice(0, limit - runs.length));
    if (runs.length >= limit) break;
  }
  // The server tells open runs first.
  return runs.sort((one, other) => other.startedAt.localeCompare(one.startedAt));
}

/** A run that ran again from a step has several executions; the newest, which comes first, is the run. */
async function* newest(connected: Connected, conditions: readonly string[]): AsyncGenerator<RunSummary> {
  const seen = new Set<string>();
  for await (const info of listExecutions(connected, conditions.join(" AND "))) {
    if (seen.has(info.workflowId)) continue;
    seen.add(info.workflowId);
    yield summarize(info);
  }
}

/** A query that asks for a status may find an older execution of a run, so what it found is looked at again by id. */
async function stillIn(
  connected: Connected,
  found: readonly RunSummary[],
  statuses: readonly RunStatus[],
): Promise<readonly RunSummary[]> {
  const now = new Map<string, RunSummary>();
  const ids = found.map(({ run }) => quote(run)).join(", ");
  for await (const run of newest(connected, [`WorkflowId IN (${ids})`])) now.set(run.run, run);
  return found.flatMap(({ run }) => now.get(run) ?? []).filter(({ status }) => statuses.includes(status));
}

async function* inGroups<T>(all: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let group: T[] = [];
  for await (const one of all) {
    group.push(one);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** What it means when the server says so of a run whose own last word is no end state: the client's word, the query's, ours. */
const ENDED_BY_SERVER: readonly (readonly [name: string, inQuery: string, status: RunStatus])[] = [
  ["COMPLETED", "Completed", "completed"],
  ["CANCELLED", "Canceled", "cancelled"],
  ["FAILED", "Failed", "failed"],
  ["TERMINATED", "Terminated", "failed"],
  ["TIMED_OUT", "TimedOut", "failed"],
];

/** What the server can say of a status: true of each run that `statusOf` gives it, and of few others. */
function mayBe(status: RunStatus): string {
  const same = `${STATUS_ATTRIBUTE} = ${quote(status)}`;
  if (!isEndState(status)) return `(${same} AND ExecutionStatus = 'Running')`;
  const words = ENDED_BY_SERVER.filter(([, , means]) => means === status).map(([, inQuery]) => quote(inQuery));
  return words.length === 0 ? same : `${same} OR ExecutionStatus IN (${words.join(", ")})`;
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
  return ENDED_BY_SERVER.find(([name]) => name === info.status.name)?.[2] ?? ours ?? "running";
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
