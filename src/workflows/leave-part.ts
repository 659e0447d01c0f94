import { patched } from "@temporalio/workflow";
import type { ArtifactRef, Stored } from "../plan/artifact.ts";
import { NO_USAGE } from "../plan/usage.ts";
import { type Caller, callForRun, patient, stubborn } from "./call-for-run.ts";
import { carryState } from "./carry-state.ts";
import type { Failed } from "./failure-info.ts";
import { faultsOf } from "./items-failed.ts";
import { allPins } from "./note-pins.ts";
import type { PartResult } from "./part-messages.ts";
import type { Items } from "./run-items.ts";
import type { RunState } from "./run-state.ts";
import { setAside } from "./set-aside.ts";
import { whenQuiet } from "./when-quiet.ts";

/** How a part ends. */
interface End {
  readonly run: RunState;
  readonly failure: Failed | undefined;
  readonly isSuspended: boolean;
}

/** Everything that the run must know of a part that ends. What comes in meanwhile is told too. */
export async function leavePart(part: string, items: Items, end: End): Promise<PartResult> {
  const { run, failure, isSuspended } = end;
  await whenQuiet(run);
  run.closedAtMs = Date.now();
  run.status = failure === undefined ? "completed" : failure.status;
  for (;;) {
    const before = run.changes;
    const result = await packPart(part, items, end);
    // Only what goes on has questions open. Histories from before this was looked at are replayed as they were.
    if (!isSuspended || run.changes === before || !patched("votes-while-suspended")) return result;
  }
}

/** How the part stands, large things by reference. */
async function packPart(
  part: string,
  { loop, counts, agent, first }: Items,
  { run, failure, isSuspended }: End,
): Promise<PartResult> {
  const state = carryState(run);
  // Without it the run would know nothing of what the part has done.
  const caller = run.cancelled ? stubborn(run) : patient(run);
  const { usage, notices, closedApprovals, earlyVotes, signals, undoLog: log } = run;
  const told = { usage: NO_USAGE, notices: [], closedApprovals: [], earlyVotes: [], signals: [], childEnds: [] };
  const suspended = isSuspended ? await setAside(caller, `${part}/suspended`, { ...state, ...told }) : undefined;
  const undoLog = log.length === 0 ? undefined : await setAside(caller, `${part}/undo-log`, log);
  const results = isSuspended || failure !== undefined ? undefined : await keepResults(caller, part, loop.results);
  const faults = faultsOf(loop.failed, loop.results, first);
  await run.uplink?.whenTold();
  const [own] = run.steps.keys();
  const stepUsage = isSuspended ? undefined : run.steps.get(own as string)?.usage;
  const { route: stepRoute, failovers } = (isSuspended ? undefined : run.steps.get(own as string)) ?? {};
  return {
    ...(failure === undefined ? {} : { failure }),
    ...(suspended === undefined ? {} : { suspended }),
    ...(results === undefined ? {} : { results }),
    ...(undoLog === undefined ? {} : { undoLog }),
    ...(agent === undefined ? {} : { agent }),
    ...(stepUsage === undefined ? {} : { stepUsage }),
    ...(stepRoute === undefined ? {} : { stepRoute }),
    ...(failovers === undefined ? {} : { failovers }),
    ...(run.restingUntil.size === 0 ? {} : { restingUntil: [...run.restingUntil] }),
    counts: { completed: counts.completed, failed: counts.failed },
    failed: loop.failed,
    ...(faults === undefined ? {} : { faults }),
    attempts: loop.attempts,
    undoableSteps: [...new Set(log.flatMap((entry) => [entry.stepId, ...(entry.part?.stepIds ?? [])]))],
    steps: isSuspended ? [] : state.steps.filter(({ id }) => id !== own),
    childEnds: [...run.childEnds.values()],
    usage,
    repliesUsed: Object.fromEntries(
      Object.entries(run.repliesUsed).filter(([name]) => run.plan.agents[name]?.replies !== undefined),
    ),
    ...allPins(run),
    notices,
    closedApprovals,
    earlyVotes,
    signals,
  };
}

async function keepResults(run: Caller, part: string, results: readonly Stored[]): Promise<ArtifactRef> {
  const input = { lists: [results] };
  const { parts } = await callForRun<{ parts: readonly ArtifactRef[] }>(run, "keep-parts", input, `${part}/results`);
  return parts[0] as ArtifactRef;
}
