import { ApplicationFailure, WorkflowFailedError, type WorkflowExecutionDescription } from "@temporalio/client";
import { defineSearchAttributeKey } from "@temporalio/common";
import type { RunReport, RunStatus } from "../plan/report.ts";
import { isEndState, RUN_STATUSES } from "../plan/run-states.ts";
import { STATUS_ATTRIBUTE } from "../plan/search-attributes.ts";
import { NO_TOKENS } from "../plan/usage.ts";
import { type Connected, withDeadline } from "./connect-client.ts";

/** What the server alone knows of a run that has ended: how and why, but no steps. */
export async function reportWithoutRun(
  { client, ...connected }: Connected,
  description: WorkflowExecutionDescription,
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
    status: lastStatus(description) ?? endOf(description, error !== null),
    startedAt: startTime.toISOString(),
    closedAt: closeTime?.toISOString() ?? null,
    inputs: {},
    outputs,
    error,
    steps: [],
    approvals: [],
    unfinished: [],
    notices: ["the run itself gave no report: what its steps have done is not known here"],
    usage: { usd: null, ...NO_TOKENS },
  };
}

/** What the run last said of itself, where that was its end. */
function lastStatus({ typedSearchAttributes }: WorkflowExecutionDescription): RunStatus | undefined {
  const known = typedSearchAttributes.get(defineSearchAttributeKey(STATUS_ATTRIBUTE, "KEYWORD"));
  return RUN_STATUSES.find((status) => status === known && isEndState(status));
}

function endOf({ status }: WorkflowExecutionDescription, hasFailed: boolean): RunStatus {
  if (status.name === "CANCELLED") return "cancelled";
  return hasFailed ? "failed" : "completed";
}

function explainEnd(failure: unknown): { readonly code: string; readonly message: string } {
  const cause = failure instanceof WorkflowFailedError ? failure.cause : failure;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof ApplicationFailure) return { code: cause.type ?? "run/failed", message };
  return { code: "run/failed", message: `the run ended before it could report: ${message}` };
}
