import { patched } from "@temporalio/workflow";
import type { GroupStep } from "../../plan/step.ts";
import { closeFrame, openFrame } from "../frames.ts";
import type { StepKind } from "../invocation.ts";
import { joinBlock } from "../join-block.ts";
import { SUSPENDED } from "../run-state.ts";
import { beginWork, endWork } from "../track-status.ts";

/** `group`: steps below a step, at once or in sequence. */
export const groupStep: StepKind<GroupStep> = {
  async run(invocation) {
    const { run, frame: parent, step, state, path, names, index: itemIndex } = invocation;
    const isLoop = step.forEach !== undefined || step.repeat !== undefined;
    // In a loop every round has results of its own; others can be named by what comes after. Histories from before a group inside of
    // a round was told from a loop are replayed as they were.
    const hasOwnResults = isLoop || (parent.inLoop && !patched("results-inside-rounds"));
    const frame = openFrame(run, {
      prefix: `${path}.`,
      parent,
      scope: hasOwnResults ? { ...parent.scope } : parent.scope,
      names,
      inLoop: parent.inLoop || isLoop,
      isTolerant: step.join !== "all",
      itemIndex,
    });
    endWork(run, state);
    let isSuspended = false;
    try {
      return { output: await joinBlock(run, frame, step), attempts: 1 };
    } catch (error) {
      isSuspended = error === SUSPENDED;
      throw error;
    } finally {
      if (!isSuspended) closeFrame(run, frame);
      beginWork(run, state);
    }
  },
};
