import { setCurrentDetails } from "@temporalio/workflow";
import type { StepStatus } from "../plan/report.ts";
import type { RunState, StepState } from "./run-state.ts";

/** More lines than this would cost more to write than they tell; steps around the current one are shown. */
const WINDOW = 40;

const MARK: Readonly<Record<StepStatus, string>> = {
  pending: "○",
  running: "▶",
  waiting: "⏸",
  completed: "✔",
  failed: "✘",
  skipped: "–",
  cancelled: "■",
  "outcome-unknown": "?",
};

/** Writes the live checklist that the Web UI shows as the run's current details. */
export function showProgress(run: RunState): void {
  setCurrentDetails(renderProgress(run));
}

/** The checklist as Markdown. Its last line is expendable: the Web UI cuts it off. */
function renderProgress(run: RunState): string {
  const { steps } = run.plan;
  const current = steps.findIndex(({ id }) => stateOf(run, id).status === "pending");
  const from = steps.length <= WINDOW ? 0 : Math.max(0, (current < 0 ? steps.length : current) - WINDOW / 2);
  const lines = steps.slice(from, from + WINDOW).map(({ id }) => renderLine(stateOf(run, id)));
  const hidden = steps.length - lines.length;
  if (hidden > 0) lines.push(`… and ${hidden} more steps`);
  return `${lines.join("\n\n")}\n\n${run.plan.digest.slice(0, 19)}\n`;
}

function renderLine(state: StepState): string {
  const { step, status, items, error } = state;
  const count = items === undefined ? "" : ` (${items.completed}/${items.total})`;
  const why = error === null ? "" : `: \`${error.code}\``;
  return `${MARK[status]} **${step.title}**${count}${status === "pending" ? "" : ` ${status}`}${why}`;
}

function stateOf(run: RunState, id: string): StepState {
  return run.steps.get(id) as StepState;
}
