import { CancelledFailure, patched, sleep } from "@temporalio/workflow";
import type { Repeat } from "../plan/step.ts";
import { drainIfDue, PAUSED_GOES_ON } from "./drain.ts";
import { fail } from "./failure-info.ts";
import { awoken, openLoop } from "./frames.ts";
import type { Invocation, Outcome } from "./invocation.ts";
import { runOnce } from "./run-once.ts";
import { isHalted, SUSPENDED } from "./run-state.ts";
import { holds } from "./verify-result.ts";
import { waitHere } from "./wait-here.ts";

/** Rounds without an event leave no mark until their workflow task ends; this many make one task. */
const ROUNDS_PER_TASK = 100;

/** Runs the step until its result is good; the output is the last round's. */
export async function runRepeat(invocation: Invocation): Promise<Outcome> {
  const { run, step, path, title, names } = invocation;
  const { until, max, everyMs } = step.repeat as Repeat;
  const loop = openLoop(run, path, () => ({ round: 0, output: null, attempts: 1 }));
  try {
    for (let round = loop.round ?? 0; round < max; round += 1) {
      if (round > 0 && everyMs !== undefined) await pause(invocation, everyMs);
      await mayGoOn(invocation);
      const outcome = await runOnce({
        ...invocation,
        path: `${path}[${round}]`,
        title: `${title} [${round}]`,
        names: step.forEach === undefined ? { ...names, index: round } : names,
      });
      loop.round = round + 1;
      loop.output = outcome.output;
      loop.attempts = Math.max(loop.attempts, outcome.attempts);
      if (until === undefined ? round + 1 === max : await holds(invocation, until, outcome)) {
        run.loops.delete(path);
        return { ...outcome, attempts: loop.attempts };
      }
    }
    throw fail("repeat/exhausted", `${title}: after ${max} rounds \`${until}\` is still false`);
  } catch (error) {
    if (error !== SUSPENDED) run.loops.delete(path);
    throw error;
  }
}

function pause(invocation: Invocation, everyMs: number): Promise<null> {
  const path = `${invocation.path}/every`;
  return waitHere(
    { ...invocation, path },
    { durationMs: everyMs, summary: `${invocation.title}: pause`, expired: () => null },
  );
}

/** Holds a round back while the run is paused; throws where no further round may begin here. */
async function mayGoOn({ run, frame }: Invocation): Promise<void> {
  run.lightSteps += 1;
  if (run.lightSteps % ROUNDS_PER_TASK === 0) await sleep(1);
  const isSetAside = () => run.draining && patched(PAUSED_GOES_ON);
  while (run.paused && !isHalted(frame) && !isSetAside()) await awoken(run);
  if (isHalted(frame)) throw new CancelledFailure("another step failed");
  drainIfDue(run);
  if (run.draining) throw SUSPENDED;
}
