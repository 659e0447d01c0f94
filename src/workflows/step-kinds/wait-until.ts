import type { WaitUntilStep } from "../../plan/step.ts";
import { renderValue } from "../evaluate-value.ts";
import { fail } from "../failure-info.ts";
import type { StepKind } from "../invocation.ts";
import { waitHere } from "../wait-here.ts";

/** `wait-until`: a durable timer up to a moment; one that has passed ends at once. */
export const waitUntilStep: StepKind<WaitUntilStep> = {
  async run(invocation) {
    const { step, title } = invocation;
    const until = await renderValue(invocation, step.until, "wait-until");
    const atMs =
      typeof until === "string" && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(until) ? Date.parse(until) : NaN;
    if (Number.isNaN(atMs))
      throw fail("wait/bad-moment", `${JSON.stringify(until)} is not a moment such as 2027-01-31T09:00:00Z`);
    const done = { output: new Date(atMs).toISOString(), attempts: 1 };
    if (atMs <= Date.now()) return done;
    return waitHere(invocation, { durationMs: atMs - Date.now(), summary: title, expired: () => done });
  },
};
