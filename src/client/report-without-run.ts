import { ApplicationFailure, WorkflowFailedError, type WorkflowExecutionDescription } from "@temporalio/client";
import type { RunReport, RunStatus } from "../plan/report.ts";
import { isEndState } from "../plan/run-states.ts";
import { STATUS_ATTRIBUTE } from "../plan/search-attributes.ts";
import { type Connected, withDeadline } from "./connect-client.ts";

/** What the server alone knows of a run that has ended: how and why, but no steps. */
export async function reportWithoutRun(
  { client, ...connected }: Connected,
  description: WorkflowExecutionDescription,
  silence: unknown,
): Promise<RunReport> {
  const { workflowId: run, type: workflow, memo = {}, startTime, closeTime } = description;
  const { outputs, error } = await withDeadline({ client, ...connected }, () =>
    client.workflow.getHandle(run).result(),
  ).then(
    (result) => ({ outputs: (result as { outputs?: RunReport["outputs"] } | null)?.outputs ?? null, error: null }),
    (failure: unknown) => ({ outputs: null, error: { ...explainEnd(failure), step: null } }),
  );
  return {
    run,
    workflow,
    digest: typeof memo["digest"] === "string" ? memo["digest"] : "",
    file: typeof memo["file"] === "string" ? memo["file"] : "",
    status: statusOf(description, error === null),
    startedAt: startTime.toISOString(),
    closedAt: closeTime?.toISOString() ?? null,
    inputs: {},
    outputs,
    error,
    steps: [],
    approvals: [],
    unfinished: [],
    notices: [`the run does not tell of its steps: ${silence instanceof Error ? silence.message : String(silence)}`],
    usage: {
      usd: null,
      inputTokens: 0,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
    },
  };
}

/** The run's own word where it gave one, else the server's. */
function statusOf({ searchAttributes, status }: WorkflowExecutionDescription, isWell: boolean): RunStatus {
  const own = searchAttributes[STATUS_ATTRIBUTE]?.[0] as RunStatus | undefined;
  if (own !== undefined && isEndState(own)) return own;
  return status.name === "CANCELLED" ? "cancelled" : isWell ? "completed" : "failed";
}

function explainEnd(failure: unknown): { readonly code: string; readonly message: string } {
  const cause = failure instanceof WorkflowFailedError ? failure.cause : failure;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof ApplicationFailure) return { code: cause.type ?? "run/failed", message };
  return { code: "run/failed", message: `the run ended before it could report: ${message}` };
}
