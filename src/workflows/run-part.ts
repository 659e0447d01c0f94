// Runs one part of a long for-each in the name of its run: same paths, same activity ids, same keys, same expressions.
// Start here; the run's side of it is `run-parts.ts`.
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  setHandler,
} from "@temporalio/workflow";
import type { ArtifactRef, Stored } from "../plan/artifact.ts";
import { callForRun } from "./call-for-run.ts";
import { carryState, type UndoEntry } from "./carried-state.ts";
import { compensate } from "./compensate.ts";
import { NO_USAGE } from "./create-run.ts";
import { suspend } from "./drain.ts";
import { type Failed, readFailure } from "./failure-info.ts";
import { openLoop, wake } from "./frames.ts";
import type { Invocation } from "./invocation.ts";
import { openPart } from "./open-part.ts";
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
import { listen, watchForCancel } from "./run-plan.ts";
import { type RunState, SUSPENDED } from "./run-state.ts";
import { halt } from "./run-step.ts";
import { setAside, takeUp } from "./set-aside.ts";
import { setPaused } from "./track-status.ts";
import { unfinishedOf } from "./undo-part.ts";

const order = defineSignal<[PartOrder]>(PART_ORDER);

/** Runs a part, or takes back what it has done. It fails only where it cannot tell what it has done. */
export function runPart(args: PartArguments): Promise<PartResult | PartUndone> {
  return args?.work !== undefined && "undo" in args.work ? undoItems(args, args.work) : runWork(args, args?.work);
}

async function runWork(args: PartArguments, work: PartItems): Promise<PartResult> {
  let invocation: Invocation;
  let list: readonly Stored[];
  try {
    invocation = await openPart(args);
    const input = { ref: work.items, part: work.number };
    ({ list } = await callForRun<{ list: readonly Stored[] }>(
      invocation.run,
      "load-part",
      input,
      `${args.part}/items`,
    ));
  } catch (error) {
    return { ...NOTHING, failure: readFailure(error) };
  }
  const { run, state, path } = invocation;
  let isSuspended = false;
  // Before the handler of signals without one, which would take orders that have come already.
  setHandler(order, (wish) => {
    isSuspended ||= wish === "suspend";
    obey(run, wish);
  });
  listen(run);
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
    if (error !== SUSPENDED) failure = readFailure(error);
    else {
      await run.uplink?.settled();
      await condition(allHandlersFinished);
      // Its run may have asked for it meanwhile.
      if (!isSuspended) {
        const carried = carryState(run);
        return continueAsNew<typeof runPart>({ ...args, work: { ...work, carried } });
      }
    }
  }
  isSuspended &&= failure === undefined && counts.completed + counts.failed < list.length;
  return CancellationScope.nonCancellable(() => leave(args.part, items, { run, failure, isSuspended }));
}

/** What a part that could not begin leaves. */
const NOTHING: PartResult = {
  counts: { completed: 0, failed: 0 },
  failed: [],
  attempts: 1,
  undoableSteps: [],
  steps: [],
  usage: NO_USAGE,
  repliesUsed: {},
  notices: [],
  closedApprovals: [],
  earlyVotes: [],
  signals: [],
};

function obey(run: RunState, wish: PartOrder): void {
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

/** Everything that the run must know of a part that ends, large things by reference. */
async function leave(
  part: string,
  { loop, counts, agent }: Items,
  { run, failure, isSuspended }: { run: RunState; failure: Failed | undefined; isSuspended: boolean },
): Promise<PartResult> {
  await condition(allHandlersFinished);
  run.closedAtMs = Date.now();
  run.status = failure === undefined ? "completed" : failure.status;
  const state = carryState(run);
  const { usage, notices, closedApprovals, earlyVotes, signals } = run;
  const told = { usage: NO_USAGE, notices: [], closedApprovals: [], earlyVotes: [], signals: [] };
  const [suspended, undoLog, kept] = await Promise.all([
    isSuspended ? setAside(run, `${part}/suspended`, { ...state, ...told }) : undefined,
    run.undoLog.length === 0 ? undefined : setAside(run, `${part}/undo-log`, run.undoLog),
    isSuspended || failure !== undefined ? undefined : keepResults(run, part, loop.results),
  ]);
  await run.uplink?.settled();
  const [own] = run.steps.keys();
  return {
    ...(failure === undefined ? {} : { failure }),
    ...(suspended === undefined ? {} : { suspended }),
    ...(kept === undefined ? {} : { results: kept }),
    ...(undoLog === undefined ? {} : { undoLog }),
    ...(agent === undefined ? {} : { agent }),
    counts: { completed: counts.completed, failed: counts.failed },
    failed: loop.failed,
    attempts: loop.attempts,
    undoableSteps: [...new Set(run.undoLog.flatMap((entry) => [entry.stepId, ...(entry.part?.stepIds ?? [])]))],
    steps: isSuspended ? [] : state.steps.filter(({ id }) => id !== own),
    usage,
    repliesUsed: Object.fromEntries(
      Object.entries(run.repliesUsed).filter(([name]) => run.plan.agents[name]?.replies !== undefined),
    ),
    notices,
    closedApprovals,
    earlyVotes,
    signals,
  };
}

async function keepResults(run: RunState, part: string, results: readonly Stored[]): Promise<ArtifactRef> {
  const input = { lists: [results] };
  const { parts } = await callForRun<{ parts: readonly ArtifactRef[] }>(run, "keep-parts", input, `${part}/results`);
  return parts[0] as ArtifactRef;
}

async function undoItems(args: PartArguments, { undo }: PartUndoing): Promise<PartUndone> {
  const { run } = await openPart(args);
  run.undoLog.push(...(await takeUp<readonly UndoEntry[]>(run, `${args.part}/undo-log`, undo)));
  listen(run);
  await CancellationScope.nonCancellable(() => compensate(run, undefined));
  run.closedAtMs = Date.now();
  const failures = run.undoLog.filter(({ undone }) => undone?.status === "failed").flatMap(unfinishedOf);
  run.status = failures.length === 0 ? "compensated" : "compensation-incomplete";
  return { failures };
}
