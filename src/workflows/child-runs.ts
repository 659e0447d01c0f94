import { isJsonObject } from "../plan/json.ts";
import { CHILD_NEWS, type ChildNews } from "../plan/messages.ts";
import type { Unfinished } from "../plan/report.ts";
import { isEndState, isIdle, RUN_STATUSES } from "../plan/run-states.ts";
import { addUsage, NO_TOKENS, NO_USAGE } from "../plan/usage.ts";
import { noteUsage } from "./note-usage.ts";
import { note } from "./notices.ts";
import type { RunState } from "./run-state.ts";

/** Counts what a child run tells. Anybody may send anything under its name, and from any run. */
export function receiveNews(run: RunState, sent: unknown): void {
  if (!isNews(sent)) {
    note(run, `a signal ${CHILD_NEWS} did not count: it is no news of a run`);
    return;
  }
  const child = run.children.get(sent.run);
  if (child === undefined) {
    note(run, `a signal ${CHILD_NEWS} did not count: ${sent.run} is no child run under way here`);
    return;
  }
  const told = addUsage(NO_USAGE, sent.usage);
  noteUsage(run, run.steps.get(child.stepId), addUsage(told, child.usage, -1));
  child.usage = told;
  if (isEndState(sent.status)) {
    const { unfinished, status } = sent;
    if (unfinished.length > 0) run.childEnds.set(child.of, { run: child.of, stepId: child.stepId, status, unfinished });
  } else child.setIdle(isIdle(sent.status));
}

/** Children do as the run does: they are paused with it, and go on with it. */
export function tellChildren(run: RunState): void {
  for (const child of run.children.values()) child.telling?.update();
}

/** What child runs have left for people to look after, in the words of this run's report. */
export function leftByChildren(run: RunState): readonly Unfinished[] {
  return [...run.childEnds.values()].flatMap(({ run: child, unfinished }) =>
    unfinished.map((one) => ({ run: child, ...one })),
  );
}

function isNews(sent: unknown): sent is ChildNews {
  if (!isJsonObject(sent)) return false;
  const { run, status, usage, unfinished } = sent;
  return (
    typeof run === "string" &&
    (RUN_STATUSES as readonly unknown[]).includes(status) &&
    isJsonObject(usage) &&
    Object.keys(NO_TOKENS).every((key) => Number.isFinite(usage[key])) &&
    Array.isArray(unfinished) &&
    unfinished.every(
      (one) =>
        isJsonObject(one) &&
        ["step", "code", "why", "todo"].every((key) => typeof one[key] === "string") &&
        (one["run"] === undefined || typeof one["run"] === "string"),
    )
  );
}
