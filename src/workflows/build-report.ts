import type { RunReport } from "../plan/report.ts";
import { reportApproval } from "./approvals.ts";
import { isoTime, reportStep, type RunState } from "./run-state.ts";

/** What the run tells of itself. */
export function buildReport(run: RunState): RunReport {
  const { plan } = run;
  return {
    run: run.id,
    workflow: plan.name,
    digest: plan.digest,
    file: plan.file,
    status: run.status,
    startedAt: isoTime(run.startedAtMs) as string,
    closedAt: isoTime(run.closedAtMs),
    inputs: run.inputs,
    outputs: run.outputs,
    error: run.error,
    steps: plan.steps.map(({ id }) => reportStep(run.steps.get(id) as never)),
    approvals: [...run.closedApprovals, ...[...run.approvals.values()].map(reportApproval)],
    notices: [...run.notices, ...run.earlyVotes.map(({ step, vote }) => `${vote.by}'s vote waits for ${step} to ask`)],
    usage: { usd: null, ...run.usage },
  };
}
