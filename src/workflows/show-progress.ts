import { setCurrentDetails } from "@temporalio/workflow";
import type { StepStatus } from "../plan/report.ts";
import type { RunState, StepState } from "./run-state.ts";

/** More lines than this would cost more to write than they tell; steps around the current one are shown. */
const WINDOW = 40;
/** More than this is read in the report. */
const MOST_UNFINISHED = 20;

const MARK: Readonly<Record<StepStatus, string>> = {
  pending: "○",
  running: "▶",
  waiting: "⏸",
  completed: "✔",
  failed: "✘",
  skipped: "–",
  cancelled: "■",
  compensated: "↩",
  "outcome-unknown": "?",
};

/**
 * Offers the live checklist that the Web UI shows as the run's current details. It is rendered when somebody asks: the SDK
 * keeps what it is given and puts it into the answer as JSON.
 */
export function showProgress(run: RunState): void {
  setCurrentDetails({ toJSON: () => renderProgress(run) } as unknown as string);
}

/** Where the run stands and the checklist, as Markdown. Its last line is expendable: the Web UI cuts it off. */
function renderProgress(run: RunState): string {
  const count = run.steps.size;
  let states = [...run.steps.values()];
  if (count > WINDOW) {
    const current = states.findIndex(({ status }) => status === "pending");
    const from = Math.max(0, (current < 0 ? count : current) - WINDOW / 2);
    states = states.slice(from, from + WINDOW);
  }
  const lines = states.map(renderLine);
  const hidden = count - lines.length;
  if (hidden > 0) lines.push(`… and ${hidden} more steps`);
  if (run.unfinished.length > 0) lines.push(...renderUnfinished(run));
  return `**${run.status}**\n\n${lines.join("\n\n")}\n\n${run.plan.digest.slice(0, 19)}\n`;
}

function renderUnfinished({ unfinished }: RunState): readonly string[] {
  const shown = unfinished.slice(0, MOST_UNFINISHED).map(({ step, todo, code }) => `- ${step}: ${todo} (\`${code}\`)`);
  const hidden = unfinished.length - shown.length;
  return ["**Left to do by hand**", [...shown, ...(hidden > 0 ? [`- … and ${hidden} more`] : [])].join("\n")];
}

function renderLine(state: StepState): string {
  const { step, status, items, error } = state;
  const count = items === undefined ? "" : ` (${items.completed}/${items.total})`;
  const why = error === null ? "" : `: \`${error.code}\``;
  const depth = "› ".repeat(step.path.split(".").length - 1);
  return `${depth}${MARK[status]} **${step.title}**${count}${status === "pending" ? "" : ` ${status}`}${why}`;
}
