import { CancellationScope, condition, isCancellation, patched, sleep } from "@temporalio/workflow";
import type { StepError } from "../plan/carried-state.ts";
import { LATE_MS, SIGNAL_MS } from "./alarm.ts";
import { halt } from "./run-step.ts";
import type { RunState } from "./run-state.ts";

/** How often the clock of a run that may wait for people is read again. */
const LEAST_SLICE_MS = 1000;

/**
 * Runs `work` within the plan's `timeout`; the time the run waits for people or timers does not count. When it is over,
 * what still runs is cancelled and the run's error is `run/timeout`.
 */
export function withRunTimeout<T>(run: RunState, work: () => Promise<T>): Promise<T> {
  const { timeoutMs: ownMs = Infinity, budget } = run.plan;
  const budgetMs = budget?.timeMs ?? Infinity;
  const timeoutMs = Math.min(ownMs, budgetMs);
  if (timeoutMs === Infinity) return work();
  const over =
    ownMs <= budgetMs
      ? { code: "run/timeout", message: `the run took longer than ${timeoutMs / 1000} s`, step: null }
      : { code: "budget/exceeded", message: `the run has used up its ${timeoutMs / 1000} s`, step: null };
  return limitWork(run, { timeoutMs, over }, work);
}

async function limitWork<T>(
  run: RunState,
  { timeoutMs, over }: { readonly timeoutMs: number; readonly over: StepError },
  work: () => Promise<T>,
): Promise<T> {
  const steps = new CancellationScope();
  const clock = new CancellationScope();
  const expired = clock
    .run(() => countDown(run, timeoutMs))
    .then(
      () => {
        run.root.error ??= over;
        halt(run, run.root);
        steps.cancel();
      },
      (error: unknown) => {
        if (!isCancellation(error)) throw error;
      },
    );
  try {
    return await steps.run(work);
  } finally {
    clock.cancel();
    await expired;
  }
}

/** Counts from now on: the run was begun again at one of its steps, and its first life is no work of this one. */
export function beginLimitsAnew(run: RunState): void {
  run.limitFrom = { atMs: Date.now(), waitedMs: waitedMs(run) };
  for (const beginAnew of run.alarms) beginAnew();
}

/** What the run has worked so far; more than nothing where it has continued as new. */
function workedMs(run: RunState): number {
  const { atMs, waitedMs: before } = run.limitFrom ?? { atMs: run.startedAtMs, waitedMs: 0 };
  return Date.now() - atMs - (waitedMs(run) - before);
}

/**
 * Ends after `timeoutMs` of work; what the run waited of a slice is given back, and none begins while it waits: one that waits for
 * long would fill its history with them. Histories from before this are replayed as they were.
 */
async function countDown(run: RunState, timeoutMs: number): Promise<void> {
  let left = timeoutMs - workedMs(run);
  while (left > 0) {
    const { limitFrom } = run;
    if (run.waitingSinceMs !== null && patched("idle-clock-stands")) {
      await condition(() => run.waitingSinceMs === null || run.limitFrom !== limitFrom);
      if (run.limitFrom !== limitFrom) left = timeoutMs - workedMs(run);
      continue;
    }
    const waitedBefore = waitedMs(run);
    const slice = Math.max(left, LEAST_SLICE_MS);
    const dueMs = Date.now() + slice;
    await sleep(slice, { summary: "run timeout" });
    if (Date.now() > dueMs + LATE_MS) await hearWhetherBegunAgain(run, limitFrom);
    if (run.limitFrom === limitFrom) left -= slice - (waitedMs(run) - waitedBefore);
    else left = timeoutMs - workedMs(run);
  }
}

/**
 * In a run that is begun again after its time was over, the clock of its first life rings at once, before the signal comes that says
 * so. Histories from before that signal are replayed as they were.
 */
async function hearWhetherBegunAgain(run: RunState, limitFrom: RunState["limitFrom"]): Promise<void> {
  if (!patched("begun-again")) return;
  await condition(() => run.limitFrom !== limitFrom, SIGNAL_MS);
}

function waitedMs(run: RunState): number {
  return run.waitedMs + (run.waitingSinceMs === null ? 0 : Date.now() - run.waitingSinceMs);
}
