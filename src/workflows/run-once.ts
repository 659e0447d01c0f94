import { patched } from "@temporalio/workflow";
import { fail } from "./failure-info.ts";
import type { Invocation, Outcome } from "./invocation.ts";
import type { Step } from "../plan/step.ts";
import { stepKindOf } from "./step-kinds/step-kinds.ts";
import { registerUndo, settleUndo } from "./undo-log.ts";
import { findFault } from "./verify-result.ts";

/** Runs the step's action once, with what stands around it: its undo is noted before, its result is verified after. */
export function runOnce(invocation: Invocation): Outcome | Promise<Outcome> {
  const { step } = invocation;
  const kind = stepKindOf(step);
  if (step.undo === undefined && !isVerifiedHere(step) && kind.ownUndo === undefined) return kind.run(invocation);
  return runGuarded(invocation);
}

/** The loop of an agent verifies its answers itself, and tells the agent what is wrong. */
function isVerifiedHere(step: Step): boolean {
  if (step.kind === "agent" && step.guards !== undefined) return false;
  return step.verify !== undefined || step.verifyRun !== undefined;
}

/**
 * A result that does not hold counts as a failure of the attempt: where attempts are left the step runs again. Each attempt that starts
 * a child run has its own, and that is taken back by itself. In older histories they had one id, and the last of them alone was taken back.
 */
async function runGuarded(invocation: Invocation): Promise<Outcome> {
  const { step } = invocation;
  const kind = stepKindOf(step);
  let now = invocation;
  let entry = registerUndo(now);
  let done: Outcome | undefined;
  try {
    for (let attempts = 0, attempt = 2; ; attempt += 1) {
      const outcome = await kind.run(now);
      // Its effect is there, whatever comes of the check.
      done = outcome;
      attempts += outcome.attempts;
      const fault = isVerifiedHere(step) ? await findFault(now, outcome) : undefined;
      if (fault === undefined) {
        settleUndo(now, entry, { result: outcome });
        return { ...outcome, attempts };
      }
      const failure = fail("step/verify-failed", fault, outcome.output);
      if (attempts >= step.retry.maxAttempts) throw failure;
      if (kind.ownUndo === undefined || !patched("child-run-an-attempt")) continue;
      now = { ...invocation, attempt };
      if (entry?.childRun === undefined) continue;
      settleUndo(now, entry, { result: failure, done });
      entry = registerUndo(now);
      done = undefined;
    }
  } catch (error) {
    settleUndo(now, entry, { result: error, done });
    throw error;
  }
}
