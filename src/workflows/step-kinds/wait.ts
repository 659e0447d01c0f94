import type { WaitStep } from "../../plan/step.ts";
import type { StepKind } from "../invocation.ts";
import { waitHere } from "../wait-here.ts";

/** `wait`: a durable timer. */
export const waitStep: StepKind<WaitStep> = {
  run(invocation) {
    const { step, title } = invocation;
    const done = { output: null, attempts: 1 };
    return waitHere(invocation, { durationMs: step.durationMs, summary: title, expired: () => done });
  },
};
