import { getExternalWorkflowHandle, workflowInfo } from "@temporalio/workflow";
import { keepTold } from "./keep-told.ts";
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
  /** A child run of an item begins. */
  childBegins(): void;
  /** Nothing is on its way any more. */
  whenTold(): Promise<void>;
}

/** Opens the way to the run that this part belongs to. */
export function openUplink(part: string, find: () => RunState): Uplink {
  const parent = workflowInfo().parent?.workflowId;
  let lastAtMs = Date.now();
  let items = 0;
  let last = "";
  let hasChildren = false;
  const present = (): string => {
    const run = find();
    // The end of a part is told by its result.
    if (parent === undefined || run.closedAtMs !== null) return last;
    // From one item to the next there may be none for a moment: only a part that waits for other things surely has none.
    if (run.status === "waiting" && run.children.size === 0) hasChildren = false;
    last = JSON.stringify(newsOf(run, { part, hasChildren }));
    return last;
  };
  const { update, whenTold } = keepTold(last, {
    present,
    send: (text) => {
      lastAtMs = Date.now();
      items = 0;
      return getExternalWorkflowHandle(parent as string).signal(PART_NEWS, JSON.parse(text) as PartNews);
    },
  });
  return {
    changed: update,
    whenTold,
    childBegins() {
      if (hasChildren) return;
      hasChildren = true;
      update();
    },
    progressed() {
      items += 1;
      const pausedMs = Date.now() - lastAtMs;
      if ((items >= ITEMS_A_NEWS && pausedMs >= LEAST_PAUSE_MS) || pausedMs >= LONGEST_PAUSE_MS) update();
    },
  };
}

function newsOf(
  run: RunState,
  { part, hasChildren }: { readonly part: string; readonly hasChildren: boolean },
): PartNews {
  const inner = [...run.parts.values()].map(({ news }) => news);
  const [loop] = run.steps.values();
  const { completed = 0, failed = 0 } = loop?.items ?? {};
  const signals = [...run.signalWaits].flatMap(([name, takers]) => takers.map(() => name));
  return {
    part,
    completed,
    failed,
    waiting: run.status === "waiting",
    ...(hasChildren || inner.some(({ children }) => children === true) ? { children: true } : {}),
    questions: inner.reduce((sum, { questions }) => sum + questions, run.approvals.size),
    signals: signals.concat(...inner.map((one) => one.signals)),
  };
}
