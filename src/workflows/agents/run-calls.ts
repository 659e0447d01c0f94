import { CancellationScope, isCancellation, patched } from "@temporalio/workflow";
import { type OpenTurn, SUB_AGENT_TOOL, toolOf } from "../../plan/agent-loop.ts";
import type { RequestedCall, SealedResult } from "../../plan/activity.ts";
import type { AgentStep } from "../../plan/step.ts";
import { readFailure } from "../failure-info.ts";
import type { Invocation } from "../invocation.ts";
import { SUSPENDED } from "../run-state.ts";
import { beginWork, endWork } from "../track-status.ts";
import { SwitchAgent } from "./make-room.ts";

/** Calls of one turn that may be under way at once. */
const MOST_AT_ONCE = 10;

/**
 * Makes the calls of a turn that have no result yet: those that can be repeated without harm side by side, those that act at
 * most once, or say `concurrency: 1`, one after the other, in the order asked for. Where one fails the others are cancelled, and it is thrown once they have
 * ended. Throws `SUSPENDED` where one is to go on in a new history.
 */
export async function runCalls(
  { run, step, state }: Invocation<AgentStep>,
  { calls, results }: OpenTurn,
  make: (place: number) => Promise<SealedResult>,
): Promise<void> {
  if (step.guards === undefined) {
    const all = await Promise.all(calls.map((_, place) => make(place)));
    results.splice(0, all.length, ...all);
    return;
  }
  const open = [...calls.keys()].filter((place) => results[place] === null);
  const isFree = ({ tool, operation }: RequestedCall) => {
    const { effect = "at-most-once", limits } = toolOf(run.plan, step, tool)?.operations[operation] ?? {};
    return tool === SUB_AGENT_TOOL || (effect !== "at-most-once" && limits?.concurrency !== 1);
  };
  const free = open.filter((place) => isFree(calls[place] as RequestedCall));
  const inOrder = open.filter((place) => !free.includes(place));
  const scope = new CancellationScope();
  const failures: unknown[] = [];
  let isSuspended = false;
  let switched: SwitchAgent | undefined;
  let underWay = 0;
  // The step counts as one that works; where one of several calls waits, the others still work.
  const begin = () => {
    underWay += 1;
    if (underWay > 1) beginWork(run, state);
  };
  const end = () => {
    underWay -= 1;
    if (underWay > 0) endWork(run, state);
  };
  const work = async (queue: number[]) => {
    for (let place = queue.shift(); place !== undefined && failures.length === 0; place = queue.shift()) {
      begin();
      try {
        results[place] = await make(place);
      } catch (error) {
        if (error === SUSPENDED) isSuspended = true;
        // The others end: what is left is what was not made for want of money.
        else if (error instanceof SwitchAgent) switched = error;
        else {
          failures.push(error);
          scope.cancel();
        }
      } finally {
        end();
      }
    }
  };
  await scope.run(() =>
    Promise.all([work(inOrder), ...Array.from({ length: Math.min(free.length, MOST_AT_ONCE) }, () => work(free))]),
  );
  if (failures.length > 0) throw gravest(failures);
  if (isSuspended) throw SUSPENDED;
  if (switched !== undefined) throw switched;
}

/** The first failure; before it one of which nobody knows what the call did. In older histories the first one counted. */
function gravest(failures: readonly unknown[]): unknown {
  const first = failures.find((error) => !isCancellation(error)) ?? failures[0];
  const unknown = failures.find((error) => readFailure(error).status === "outcome-unknown");
  return unknown !== undefined && unknown !== first && patched("unknown-call-first") ? unknown : first;
}
