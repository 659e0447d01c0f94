import { CancellationScope, isCancellation, sleep } from "@temporalio/workflow";
import type { StepError } from "../plan/carried-state.ts";
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
    .run(() => countDown(run, timeoutMs - workedMs(run)))
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

/** What the run has worked so far; more than nothing where it has continued as new. */
function workedMs(run: RunState): number {
  return Date.now() - run.startedAtMs - waitedMs(run);
}

/** Ends after `leftMs` of work; a slice in which the run only waited is given back. */
async function countDown(run: RunState, leftMs: number): Promise<void> {
  let left = leftMs;
  while (left > 0) {
    const waitedBefore = waitedMs(run);
    const slice = Math.max(left, LEAST_SLICE_MS);
    await sleep(slice, { summary: "run timeout" });
    left -= slice - (waitedMs(run) - waitedBefore);
  }
}

function waitedMs(run: RunState): number {
  return run.waitedMs + (run.waitingSinceMs === null ? 0 : Date.now() - run.waitingSinceMs);
}
