import type { JsonValue } from "../../plan/json.ts";
import type { WaitForStep } from "../../plan/step.ts";
import { fail } from "../failure-info.ts";
import { keepLarge } from "../keep-large.ts";
import type { StepKind } from "../invocation.ts";
import { takeSignal } from "../signals.ts";
import { waitHere } from "../wait-here.ts";

/** `wait-for`: a signal from outside, or one that came before. */
export const waitForStep: StepKind<WaitForStep> = {
  async run(invocation) {
    const { run, step, title } = invocation;
    let forget: (() => void) | undefined;
    const output = await waitHere<JsonValue>(invocation, {
      durationMs: step.expiresMs,
      summary: `${title} expires`,
      expired() {
        throw fail("wait/expired", `no signal ${step.signal} came within ${(step.expiresMs as number) / 1000} s`);
      },
      open(settle) {
        forget = takeSignal(run, step, settle);
      },
      closed: () => forget?.(),
    });
    const kept = keepLarge(invocation, output, "signal");
    return { output: kept instanceof Promise ? await kept : kept, attempts: 1 };
  },
};
