import { ApplicationFailure, WorkflowFailedError, type WorkflowExecutionDescription } from "@temporalio/client";
import type { RunReport } from "../plan/report.ts";
import { NO_USAGE } from "../plan/usage.ts";
import { type Connected, withDeadline } from "./connect-client.ts";

/** What the server alone knows of a run that has ended: how and why, but no steps. */
export async function reportWithoutRun(
  { client, ...connected }: Connected,
  description: WorkflowExecutionDescription,
): Promise<RunReport> {
  const { workflowId: run, type: workflow, memo = {}, startTime, closeTime } = description;
  const error = await withDeadline({ client, ...connected }, () => client.workflow.getHandle(run).result()).then(
    () => null,
    (failure: unknown) => ({ ...explainEnd(failure), step: null }),
  );
  return {
    run,
    workflow,
    digest: typeof memo["digest"] === "string" ? memo["digest"] : "",
    file: typeof memo["file"] === "string" ? memo["file"] : "",
    status: description.status.name === "CANCELLED" ? "cancelled" : error === null ? "completed" : "failed",
    startedAt: startTime.toISOString(),
    closedAt: closeTime?.toISOString() ?? null,
    inputs: {},
    outputs: null,
    error,
    steps: [],
    approvals: [],
    unfinished: [],
    notices: [],
    usage: { usd: null, ...NO_USAGE },
  };
}

function explainEnd(failure: unknown): { readonly code: string; readonly message: string } {
  const cause = failure instanceof WorkflowFailedError ? failure.cause : failure;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof ApplicationFailure) return { code: cause.type ?? "run/failed", message };
  return { code: "run/failed", message: `the run ended before it could report: ${message}` };
}
