import { sleep } from "@temporalio/workflow";
import type { WaitStep } from "../../plan/step.ts";
import type { StepKind } from "../invocation.ts";
import { beginWaiting, endWaiting } from "../track-status.ts";

/** `wait`: a durable timer. */
export const waitStep: StepKind<WaitStep> = {
  async run(invocation) {
    const { run, state, step, title } = invocation;
    beginWaiting(run, state);
    try {
      await sleep(step.durationMs, { summary: title });
    } finally {
      endWaiting(run, state);
    }
    return { output: null, attempts: 1 };
  },
};
