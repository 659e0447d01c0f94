import type { CarriedStep, UndoEntry } from "../plan/carried-state.ts";
import { addUsage } from "../plan/usage.ts";
import { noteStepUsage } from "./note-usage.ts";
import { note } from "./notices.ts";
import { offerSignals, offerVotes } from "./part-link.ts";
import type { PartResult } from "./part-messages.ts";
import type { RunState, StepState } from "./run-state.ts";
import { settlePartUndo } from "./undo-part.ts";

/** So many decided questions of parts stand in the report; the parts' own reports have the others. */
const APPROVALS_KEPT = 200;

/** Takes over what the child run of a part leaves. */
export function absorbPart(run: RunState, entry: UndoEntry, result: PartResult | "lost" | "not begun"): void {
  settlePartUndo(run, entry, result);
  if (typeof result === "string") return;
  run.usage = addUsage(run.usage, result.usage);
  for (const notice of result.notices) note(run, notice);
  for (const end of result.childEnds) run.childEnds.set(end.run, end);
  run.earlyVotes.push(...result.earlyVotes);
  run.signals.push(...result.signals);
  keepApprovals(run, entry, result.closedApprovals);
  for (const [agent, used] of Object.entries(result.repliesUsed)) {
    run.repliesUsed[agent] = { ...run.repliesUsed[agent], ...used };
  }
  const looped = run.steps.get(entry.stepId);
  if (looped !== undefined) noteStepUsage(looped, result.stepUsage);
  for (const step of result.steps) sumUp(run.steps.get(step.id), step);
  // Where two parts were told different things, the next call finds out which of them holds no more.
  for (const [name, pin] of Object.entries(result.pins ?? {})) run.pins[name] ??= pin;
  offerVotes(run);
  offerSignals(run);
}

function keepApprovals(run: RunState, { path }: UndoEntry, closed: PartResult["closedApprovals"]): void {
  const kept = closed.slice(0, Math.max(0, APPROVALS_KEPT - run.closedApprovals.length));
  run.closedApprovals.push(...kept);
  const left = closed.length - kept.length;
  if (left > 0) note(run, `${left} more decided questions stand in the report of ${path}`);
}

/** A step inside the loop: the parts' numbers together. */
function sumUp(state: StepState | undefined, part: CarriedStep): void {
  if (state === undefined) return;
  const { items } = part;
  if (items !== undefined) {
    const sum = (state.items ??= { completed: 0, failed: 0, total: 0 });
    sum.completed += items.completed;
    sum.failed += items.failed;
    sum.total += items.total;
  }
  if (state.status !== "failed") state.status = part.status;
  state.attempts = part.attempts;
  state.startedAtMs ??= part.startedAtMs;
  state.closedAtMs = part.closedAtMs;
  state.error = part.error ?? state.error;
  state.agent = part.agent ?? state.agent;
  noteStepUsage(state, part.usage);
  state.childRun = part.childRun ?? state.childRun;
}
