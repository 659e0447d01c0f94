import type { CarriedStep, UndoEntry } from "../plan/carried-state.ts";
import { addUsage } from "../plan/usage.ts";
import { absorbRoute } from "./absorb-route.ts";
import { noteStepUsage } from "./note-usage.ts";
import { note } from "./notices.ts";
import { offerSignals, offerVotes } from "./part-link.ts";
import type { PartResult } from "./part-messages.ts";
import type { RunState } from "./run-state.ts";
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
  if (looped !== undefined) absorbRoute(run, looped, { route: result.stepRoute, failovers: result.failovers });
  for (const [agent, untilMs] of result.restingUntil ?? []) run.restingUntil.set(agent, untilMs);
  for (const step of result.steps) sumUp(run, step);
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
function sumUp(run: RunState, part: CarriedStep): void {
  const state = run.steps.get(part.id);
  if (state === undefined) return;
  const { items } = part;
  if (items !== undefined) {
    const sum = (state.items ??= { completed: 0, failed: 0, total: 0 });
    sum.completed += items.completed;
    sum.failed += items.failed;
    sum.total += items.total;
    if (items.unknown !== undefined) sum.unknown = (sum.unknown ?? 0) + items.unknown;
  }
  if (state.status !== "failed" && state.status !== "outcome-unknown") state.status = part.status;
  if (state.items?.unknown !== undefined) state.status = "outcome-unknown";
  state.attempts = part.attempts;
  state.startedAtMs ??= part.startedAtMs;
  state.closedAtMs = part.closedAtMs;
  state.error = part.error ?? state.error;
  state.agent = part.agent ?? state.agent;
  absorbRoute(run, state, part);
  noteStepUsage(state, part.usage);
  state.childRun = part.childRun ?? state.childRun;
}
