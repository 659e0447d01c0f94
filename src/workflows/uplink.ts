import { CancellationScope, getExternalWorkflowHandle, workflowInfo } from "@temporalio/workflow";
import { PART_NEWS, type PartNews } from "./part-messages.ts";
import type { RunState } from "./run-state.ts";

/** Each piece of news costs the run events: so many items, or so much time, make one. */
const ITEMS_A_NEWS = 10;
const LEAST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;

/** How a part of a loop tells its run how it stands. */
export interface Uplink {
  /** It began or ceased to wait, or to ask something. */
  changed(): void;
  /** An item has ended. */
  progressed(): void;
  /** Nothing is on its way any more: signals can overtake each other, so one goes at a time. */
  settled(): Promise<void>;
}

/** Opens the way to the run that this part belongs to. */
export function openUplink(part: string, find: () => RunState): Uplink {
  const parent = workflowInfo().parent?.workflowId;
  let last = "";
  let lastAtMs = Date.now();
  let items = 0;
  let isDue = false;
  let sending: Promise<void> | undefined;
  const send = async (): Promise<void> => {
    while (isDue) {
      // What happens in one turn, or while other news is on its way, is one piece of news.
      await Promise.resolve();
      isDue = false;
      const run = find();
      const news = newsOf(run, part);
      const text = JSON.stringify(news);
      if (parent === undefined || run.closedAtMs !== null || text === last) continue;
      last = text;
      lastAtMs = Date.now();
      items = 0;
      const signal = () => getExternalWorkflowHandle(parent).signal(PART_NEWS, news);
      // A run that has gone needs no news.
      await CancellationScope.nonCancellable(signal).catch(() => undefined);
    }
    sending = undefined;
  };
  const changed = (): void => {
    isDue = true;
    sending ??= send();
  };
  return {
    changed,
    settled: () => sending ?? Promise.resolve(),
    progressed() {
      items += 1;
      const pausedMs = Date.now() - lastAtMs;
      if ((items >= ITEMS_A_NEWS && pausedMs >= LEAST_PAUSE_MS) || pausedMs >= LONGEST_PAUSE_MS) changed();
    },
  };
}

function newsOf(run: RunState, part: string): PartNews {
  const inner = [...run.parts.values()].map(({ news }) => news);
  const [loop] = run.steps.values();
  const { completed = 0, failed = 0 } = loop?.items ?? {};
  return {
    part,
    completed,
    failed,
    waiting: run.status === "waiting",
    questions: inner.reduce((sum, { questions }) => sum + questions, run.approvals.size),
    signals: [...run.signalWaits]
      .flatMap(([name, takers]) => takers.map(() => name))
      .concat(...inner.map((one) => one.signals)),
  };
}
