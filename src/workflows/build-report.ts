import { reportUsage } from "../plan/usage.ts";
import { workflowInfo } from "@temporalio/workflow";
import type { PartReport, RunReport, StepReport, UndoReport } from "../plan/report.ts";
import { reportApproval } from "./approvals.ts";
import type { OpenPart } from "./part-link.ts";
import { isoTime, type RunState, type StepState } from "./run-state.ts";

/** What the run tells of itself. */
export function buildReport(run: RunState): RunReport {
  const { plan } = run;
  return {
    run: workflowInfo().workflowId,
    workflow: plan.name,
    digest: plan.digest,
    file: plan.file,
    status: run.status,
    startedAt: isoTime(run.startedAtMs) as string,
    closedAt: isoTime(run.closedAtMs),
    inputs: run.inputs,
    outputs: run.outputs,
    error: run.error ?? run.root.error,
    steps: [...run.steps.values()].map((state) => reportStep(run, state)),
    approvals: [...run.closedApprovals, ...[...run.approvals.values()].map(reportApproval)],
    unfinished: run.unfinished,
    notices: [
      ...run.notices,
      ...run.earlyVotes.map(({ step, vote }) => `${vote.by}'s vote waits for ${step} to ask`),
      ...run.signals.map(({ name }) => `a signal ${name} waits for a step that takes it`),
    ],
    usage: reportUsage(run.usage),
  };
}

function reportStep(run: RunState, state: StepState): StepReport {
  const { step, childRun, agent, agents, route, failovers, usage, items } = state;
  const undo = [...state.undo, ...openUndos(run, state)];
  const parts = [...run.parts.values()].filter((part) => part.state === state).map(reportPart);
  return {
    id: step.id,
    path: step.path,
    title: step.title,
    kind: step.kind,
    status: state.status,
    attempts: state.attempts,
    startedAt: isoTime(state.startedAtMs),
    closedAt: isoTime(state.closedAtMs),
    output: state.output,
    error: state.error,
    ...(undo.length === 0 ? {} : { undo }),
    ...(childRun === undefined ? {} : { childRun }),
    ...(agent === undefined ? {} : { agent }),
    ...(route === undefined ? {} : { route }),
    ...(failovers === undefined ? {} : { failovers }),
    ...(agents === undefined ? {} : { agents }),
    ...(usage === undefined ? {} : { usage: reportUsage(usage) }),
    ...(items === undefined ? {} : { items: { ...items } }),
    ...(parts.length === 0 ? {} : { parts }),
    source: { file: step.source.file, line: step.source.line },
  };
}

function openUndos(run: RunState, { step }: StepState): readonly UndoReport[] {
  return [...run.undoing].flatMap(([{ stepId, path }, status]) =>
    stepId === step.id ? [{ step: path, status, error: null }] : [],
  );
}

function reportPart({ run, loop, first, last, news }: OpenPart): PartReport {
  const { completed, failed, waiting, questions } = news;
  return { run, loop, first, last, completed, failed, waiting, questions };
}
