import { evaluateInWorkflow } from "../expressions/evaluate-in-workflow.ts";
import { callActivity } from "./call-activity.ts";
import type { Evaluated } from "../plan/activity.ts";
import { fail } from "./failure-info.ts";
import { type Invocation, type Outcome, scopeOfInvocation } from "./invocation.ts";
import { isTrue } from "./is-true.ts";
import { stepKindOf } from "./step-kinds/step-kinds.ts";
import { registerUndo, settleUndo } from "./undo-log.ts";

/** Runs the step's action once, with what stands around it: its undo is noted before, its result is verified after. */
export function runOnce(invocation: Invocation): Outcome | Promise<Outcome> {
  const { step } = invocation;
  const kind = stepKindOf(step);
  if (step.undo === undefined && step.verify === undefined && kind.ownUndo === undefined) return kind.run(invocation);
  return runGuarded(invocation);
}

async function runGuarded(invocation: Invocation): Promise<Outcome> {
  const entry = registerUndo(invocation);
  try {
    const outcome = await runVerified(invocation);
    settleUndo(invocation, entry, outcome);
    return outcome;
  } catch (error) {
    settleUndo(invocation, entry, error);
    throw error;
  }
}

/** A result that does not hold counts as a failure of the attempt: where attempts are left the step runs again. */
async function runVerified(invocation: Invocation): Promise<Outcome> {
  const { step, title } = invocation;
  for (let attempts = 0; ;) {
    const outcome = await stepKindOf(step).run(invocation);
    attempts += outcome.attempts;
    if (step.verify === undefined || (await holds(invocation, step.verify, outcome))) return { ...outcome, attempts };
    if (attempts >= step.retry.maxAttempts)
      throw fail("step/verify-failed", `${title}: the result does not hold: ${step.verify}`, outcome.output);
  }
}

/** Evaluates an expression that sees the step's own result. */
export async function holds(invocation: Invocation, cel: string, { output, attempts }: Outcome): Promise<boolean> {
  const { frame, step, names } = invocation;
  const own = { output, status: "completed", error: null, attempts } as const;
  const seeing: Invocation = {
    ...invocation,
    frame: { ...frame, scope: { ...frame.scope, [step.id]: own } },
    names: { ...names, output } as Invocation["names"],
  };
  const result = evaluateInWorkflow(cel, scopeOfInvocation(seeing));
  if ("value" in result) return isTrue(result.value, "the condition");
  const evaluated = await callActivity<Evaluated>(
    seeing,
    "evaluate",
    { template: result.deferred },
    { suffix: "verify", summary: `${invocation.title}: check`, effect: "read" },
  );
  return isTrue(evaluated.value ?? null, "the condition");
}
