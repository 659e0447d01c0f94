import type { GroupStep } from "../../plan/step.ts";
import { openFrame } from "../frames.ts";
import type { StepKind } from "../invocation.ts";
import { joinBlock } from "../join-block.ts";
import { SUSPENDED } from "../run-state.ts";
import { beginWork, endWork } from "../track-status.ts";

/** `group`: steps below a step, at once or in sequence. */
export const groupStep: StepKind<GroupStep> = {
  async run(invocation) {
    const { run, frame: parent, step, state, path, names, index: itemIndex } = invocation;
    const inLoop = parent.inLoop || step.forEach !== undefined || step.repeat !== undefined;
    const frame = openFrame(run, {
      prefix: `${path}.`,
      parent,
      // In a loop every item has results of its own; otherwise they can be named from outside.
      scope: inLoop ? { ...parent.scope } : parent.scope,
      names,
      inLoop,
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
      if (!isSuspended) run.frames.delete(frame.prefix);
      beginWork(run, state);
    }
  },
};
