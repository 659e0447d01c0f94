// The interpreter: one workflow that runs every plan. Imports plan, expressions and `@temporalio/workflow` only, because
// all of this room is bundled into the workflow sandbox: no `node:`, no clock but Temporal's, no zod.
// Start here; `run-block.ts` decides what begins when, `run-step.ts` runs one, `step-kinds/` has the kinds.
import { CancellationScope, continueAsNew, ActivityFailure } from "@temporalio/workflow";
import { holdPlace, type Place } from "./concurrency.ts";
import { createRun } from "./create-run.ts";
import { putUpDoor } from "./door.ts";
import { endCrashed, whileThereIsOne } from "./end-crashed.ts";
import { endRollback, endRun, type RunResult } from "./end-run.ts";
import { readFailure } from "./failure-info.ts";
import { wake } from "./frames.ts";
import { giveUpSuspended } from "./give-up-suspended.ts";
import { listen } from "./listen.ts";
import { type OpenedRun, openRun, type RunArguments } from "./open-run.ts";
import { packForNext } from "./pack-state.ts";
import { followParent, tellEnd } from "./parent-run.ts";
import { runBlock } from "./run-block.ts";
import { halt } from "./run-step.ts";
import type { RunState } from "./run-state.ts";
import { withRunTimeout } from "./run-timeout.ts";
import { showProgress } from "./show-progress.ts";
import { whenQuiet } from "./when-quiet.ts";

/**
 * Runs the plan in its argument; the type of the workflow is the name of the user's workflow. One promise for the whole, which
 * also ends where the interpreter itself fails: Temporal would repeat the workflow task for ever.
 */
export function runPlan(args: RunArguments): Promise<RunResult> {
  const door = putUpDoor();
  return new Promise((resolve, reject) => {
    let run: RunState | undefined;
    const crash = whileThereIsOne((error) => reject(endCrashed(run, error)));
    const begin = (opened: OpenedRun) => {
      run = createRun(opened, args);
      run.crash = crash;
      if (args.parent !== undefined) followParent(run, args.parent);
      listen(run);
      door.open(run);
      showProgress(run);
      perform(run, args).then(resolve, crash);
    };
    try {
      const opened = openRun(args);
      if (opened instanceof Promise) opened.then(begin).catch(crash);
      else begin(opened);
    } catch (error) {
      crash(error);
    }
  });
}

function perform(run: RunState, args: RunArguments): Promise<RunResult> {
  const { concurrency } = run.plan;
  if (args.rollback !== undefined) return endRollback(run, args.rollback.to).finally(() => tellEnd(run));
  watchForCancel(run);
  if (concurrency === undefined) return work(run, args);
  return holdPlace(run, concurrency).then((place) => work(run, args, place));
}

function work(run: RunState, args: RunArguments, place?: Place): Promise<RunResult> {
  const running = withRunTimeout(run, () => runBlock(run, run.root, { steps: run.plan.steps }));
  return running.then((how) => (how === "continue-as-new" ? goOn(run, args, place) : end(run, place)));
}

/** Goes on in a new history, with all that the next part of the run must know. */
async function goOn(run: RunState, args: RunArguments, place: Place | undefined): Promise<RunResult> {
  const around = CancellationScope.current();
  try {
    const carried = await CancellationScope.nonCancellable(async () => {
      await whenQuiet(run);
      for (;;) {
        const packed = await around.run(() => packForNext(run));
        if (packed === undefined || run.parent?.telling.isTold() !== false) return packed;
        await run.parent.telling.whenTold();
      }
    });
    if (carried !== undefined && !run.cancelled) return await continueAsNew<typeof runPlan>({ ...args, carried });
  } catch (error) {
    if (run.cancelled || !(error instanceof ActivityFailure)) throw error;
    run.root.error ??= { ...readFailure(error).error, step: null };
  }
  giveUpSuspended(run);
  return end(run, place);
}

function end(run: RunState, place: Place | undefined): RunResult | Promise<RunResult> {
  if (place === undefined && run.parent === undefined) return endRun(run);
  return new Promise<RunResult>((resolve) => resolve(endRun(run))).finally(() =>
    Promise.all([tellEnd(run), place?.release()]),
  );
}

/** A cancel also ends a run that is paused, or between two steps. */
export function watchForCancel(run: RunState): void {
  CancellationScope.current().cancelRequested.catch(() => {
    if (run.ending) return;
    run.cancelled = true;
    halt(run, run.root);
    wake(run);
  });
}
