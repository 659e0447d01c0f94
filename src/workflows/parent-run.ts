import { CancellationScope, defineSignal, getExternalWorkflowHandle, patched, setHandler } from "@temporalio/workflow";
import { CHILD_NEWS, type ChildNews, PARENT_WISH, type ParentRun } from "../plan/messages.ts";
import { isIdle } from "../plan/run-states.ts";
import { NO_USAGE } from "../plan/usage.ts";
import { wake } from "./frames.ts";
import { keepTold } from "./keep-told.ts";
import type { RunState } from "./run-state.ts";
import { setPaused } from "./track-status.ts";
import { shellWord } from "../plan/shell-word.ts";

/** As many as fit into a signal with room to spare; the child's own report has all. */
const MOST_UNFINISHED = 500;

const wish = defineSignal<[unknown]>(PARENT_WISH);

/** A run with a parent does as that one does, and tells it when it begins and ceases to be idle. */
export function followParent(run: RunState, { run: parent }: ParentRun): void {
  // A run that goes on in a new history has told its parent of a pause already.
  const told = run.carried !== undefined && run.paused;
  setHandler(wish, (action) => {
    if (action === "pause" && !run.paused && !(run.ending && patched("end-ends-pause"))) {
      run.heldByParent = true;
      setPaused(run, true);
    } else if (action === "resume" && run.heldByParent) {
      setPaused(run, false);
      wake(run);
    }
  });
  const telling = keepTold(told, { present: () => isIdle(run.status), send: () => tell(run, parent) });
  run.parent = { run: parent, telling };
  telling.update();
}

/** The last thing a child does: tells its parent what it has used, and what it has left for people. */
export async function tellEnd(run: RunState): Promise<void> {
  if (run.parent === undefined) return;
  await run.parent.telling.whenTold();
  const hasUsed = Object.keys(NO_USAGE).some((key) => run.usage[key as keyof typeof NO_USAGE] > 0);
  if (!hasUsed && run.unfinished.length === 0) return;
  const { run: parent } = run.parent;
  await CancellationScope.nonCancellable(() => tell(run, parent)).catch(() => undefined);
}

function tell(run: RunState, parent: string): Promise<void> {
  const { id, status, usage, unfinished } = run;
  const left = unfinished.length - MOST_UNFINISHED;
  const rest = {
    step: "…",
    code: unfinished[MOST_UNFINISHED]?.code ?? "",
    why: `there are ${left} more`,
    todo: `see them with \`aiworkflow show ${shellWord(id)}\``,
  };
  const news: ChildNews = {
    run: id,
    status,
    usage,
    unfinished: left > 0 ? [...unfinished.slice(0, MOST_UNFINISHED), rest] : unfinished,
  };
  return getExternalWorkflowHandle(parent).signal(CHILD_NEWS, news);
}
