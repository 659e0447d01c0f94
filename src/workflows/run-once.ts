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

async function runGuarded(invocation: Invocation): Promise<Outcome> {
  const entry = registerUndo(invocation);
  let done: Outcome | undefined;
  try {
    const outcome = await runVerified(invocation, (one) => (done = one));
    settleUndo(invocation, entry, { result: outcome });
    return outcome;
  } catch (error) {
    settleUndo(invocation, entry, { result: error, done });
    throw error;
  }
}

/**
 * A result that does not hold counts as a failure of the attempt: where attempts are left the step runs again. Tells of each result
 * before it is looked at.
 */
async function runVerified(invocation: Invocation, onDone: (outcome: Outcome) => void): Promise<Outcome> {
  const { step } = invocation;
  for (let attempts = 0; ;) {
    const outcome = await stepKindOf(step).run(invocation);
    onDone(outcome);
    attempts += outcome.attempts;
    const fault = isVerifiedHere(step) ? await findFault(invocation, outcome) : undefined;
    if (fault === undefined) return { ...outcome, attempts };
    if (attempts >= step.retry.maxAttempts) throw fail("step/verify-failed", fault, outcome.output);
  }
}
