// Runs one part of a long for-each in the name of its run: same paths, same activity ids, same keys, same expressions.
// Start here; the run's side of it is `run-parts.ts`.
import {
  CancellationScope,
  CancelledFailure,
  ContinueAsNew,
  continueAsNew,
  defineSignal,
  patched,
  setHandler,
  TemporalFailure,
} from "@temporalio/workflow";
import type { Stored } from "../plan/artifact.ts";
import type { UndoEntry } from "../plan/carried-state.ts";
import { NO_USAGE } from "../plan/usage.ts";
import { callForRun } from "./call-for-run.ts";
import { leftByChildren } from "./child-runs.ts";
import { compensate } from "./compensate.ts";
import { type Door, putUpDoor } from "./door.ts";
import { suspend } from "./drain.ts";
import { whileThereIsOne } from "./end-crashed.ts";
import { type Failed, fail, readFailure } from "./failure-info.ts";
import { openLoop, wake } from "./frames.ts";
import type { Invocation } from "./invocation.ts";
import { leavePart } from "./leave-part.ts";
import { listen } from "./listen.ts";
import { openPart } from "./open-part.ts";
import { packForNext } from "./pack-state.ts";
import {
  PART_ORDER,
  type PartArguments,
  type PartItems,
  type PartOrder,
  type PartResult,
  type PartUndoing,
  type PartUndone,
} from "./part-messages.ts";
import { type Items, runItems } from "./run-items.ts";
import { watchForCancel } from "./run-plan.ts";
import { type RunState, SUSPENDED } from "./run-state.ts";
import { halt } from "./run-step.ts";
import { takeUp } from "./set-aside.ts";
import { GRACE_MS, shield } from "./shield.ts";
import { setPaused } from "./track-status.ts";
import { listFailedUndos } from "./undo-part.ts";
import { whenQuiet } from "./when-quiet.ts";

const order = defineSignal<[PartOrder]>(PART_ORDER);

/** What belongs to every run of a part. */
interface Gate {
  readonly door: Door;
  readonly crash: (error: unknown) => void;
}

/**
 * Runs a part, or takes back what it has done. It fails only where it cannot tell what it has done, and then for good: Temporal
 * repeats the workflow task of any error that it does not know, for ever.
 */
export function runPart(args: PartArguments): Promise<PartResult | PartUndone> {
  const door = putUpDoor();
  return new Promise((resolve, reject) => {
    const crash = whileThereIsOne((error) =>
      reject(
        error instanceof TemporalFailure || error instanceof ContinueAsNew
          ? error
          : fail("run/interpreter-failed", String(error)),
      ),
    );
    const gate = { door, crash };
    const { work } = args ?? {};
    const running = work !== undefined && "undo" in work ? undoItems(args, work, gate) : runWork(args, work, gate);
    running.then(resolve, crash);
  });
}

async function runWork(args: PartArguments, work: PartItems, { door, crash }: Gate): Promise<PartResult> {
  let invocation: Invocation;
  let list: readonly Stored[];
  try {
    [invocation, { list }] = await openPart(args, (caller) => {
      const input = { ref: work.items, part: work.number };
      return callForRun<{ list: readonly Stored[] }>(caller, "load-part", input, `${args.part}/items`);
    });
  } catch (error) {
    const failure = readFailure(error);
    if (failure.error.code === "run/bad-arguments" || work.carried !== undefined) throw error;
    return { ...NOTHING, failure };
  }
  const { run, state, path } = invocation;
  let isSuspended = false;
  run.crash = crash;
  // Before the handler of signals without one, which would take orders that have come already.
  setHandler(order, (wish) => {
    isSuspended ||= wish === "suspend";
    obey(run, wish);
  });
  listen(run);
  door.open(run);
  watchForCancel(run);
  const loop = openLoop(run, path, () => ({ attempts: 1 }));
  const results = loop.results ?? Array.from({ length: list.length }, (): Stored => null);
  const { ended = [], failed = [] } = loop;
  const counts = { completed: ended.length - failed.length, failed: failed.length, total: list.length };
  state.items = counts;
  const items: Items = {
    list,
    first: work.first,
    width: work.width,
    loop: Object.assign(loop, { results, ended, failed }),
    counts,
    agent: undefined,
  };
  let failure: Failed | undefined;
  try {
    await runItems(invocation, items);
  } catch (error) {
    if (error !== SUSPENDED) failure = readFailure(error, invocation.step.effect);
    else {
      await CancellationScope.nonCancellable(async () => {
        await run.uplink?.whenTold();
        await whenQuiet(run);
      });
      const carried = await packForNext(run);
      // Its run may have asked for it meanwhile.
      if (!isSuspended && !run.cancelled && carried !== undefined)
        return continueAsNew<typeof runPart>({ ...args, work: { ...work, carried } });
      if (run.cancelled) failure = readFailure(new CancelledFailure("cancelled"));
    }
  }
  isSuspended &&= failure === undefined && ended.length < list.length;
  const graceMs = () => (patched("cancel-bounds-leaving") ? GRACE_MS : undefined);
  // Where it was cancelled before, it tries no longer than that.
  const leave = () => leavePart(args.part, items, { run, failure, isSuspended });
  return run.cancelled ? CancellationScope.nonCancellable(leave) : shield(graceMs, leave);
}

/** What a part that could not begin leaves. */
const NOTHING: PartResult = {
  counts: { completed: 0, failed: 0 },
  failed: [],
  attempts: 1,
  undoableSteps: [],
  steps: [],
  childEnds: [],
  usage: NO_USAGE,
  repliesUsed: {},
  notices: [],
  closedApprovals: [],
  earlyVotes: [],
  signals: [],
};

function obey(run: RunState, wish: PartOrder): void {
  run.changes += 1;
  switch (wish) {
    case "pause":
    case "resume":
      if (run.paused !== (wish === "pause")) setPaused(run, wish === "pause");
      return wake(run);
    case "halt":
      halt(run, run.root);
      return wake(run);
    case "suspend":
      return suspend(run);
  }
}

async function undoItems(args: PartArguments, { undo }: PartUndoing, { door, crash }: Gate): Promise<PartUndone> {
  const [{ run }, log] = await openPart(args, (caller) =>
    takeUp<readonly UndoEntry[]>(caller, `${args.part}/undo-log`, undo),
  );
  run.crash = crash;
  run.ending = "takes-back";
  run.undoLog.push(...log);
  listen(run);
  door.open(run);
  const undone = await CancellationScope.nonCancellable(() => compensate(run, undefined));
  run.closedAtMs = Date.now();
  const failures = [...listFailedUndos(run), ...leftByChildren(run)];
  run.status = failures.length === 0 ? "compensated" : "compensation-incomplete";
  return { failures, hasUndone: undone > 0 };
}
