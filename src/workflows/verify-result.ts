import { evaluateInWorkflow } from "../expressions/evaluate-in-workflow.ts";
import { renderTemplate } from "../expressions/render-template.ts";
import type { Evaluated } from "../plan/activity.ts";
import { isJsonObject } from "../plan/json.ts";
import type { VerifyScript } from "../plan/step.ts";
import { callActivity } from "./call-activity.ts";
import { readFailure } from "./failure-info.ts";
import { renderInput } from "./evaluate-value.ts";
import { type Invocation, type Outcome, scopeOfInvocation } from "./invocation.ts";
import { isTrue } from "./is-true.ts";

/** What of a step's result does not hold, by its `verify`; undefined where it holds. */
export async function findFault(invocation: Invocation, outcome: Outcome): Promise<string | undefined> {
  const { step, title } = invocation;
  if (step.verify !== undefined && !(await holds(invocation, step.verify, outcome)))
    return `${title}: the result does not hold: ${step.verify}`;
  return step.verifyRun === undefined ? undefined : runScript(invocation, step.verifyRun, outcome);
}

/** Evaluates an expression that sees the step's own result. */
export async function holds(invocation: Invocation, cel: string, outcome: Outcome): Promise<boolean> {
  const seeing = withResult(invocation, outcome);
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

/** A script that ends with another code than 0 says what is wrong; one that cannot run at all is a failure of the step. */
async function runScript(
  invocation: Invocation,
  { shell, body, with: values }: VerifyScript,
  outcome: Outcome,
): Promise<string | undefined> {
  const { step, title } = invocation;
  const given = { ...values, output: { $expr: "output" } };
  const input = {
    shell,
    body,
    with: renderTemplate(given, scopeOfInvocation(withResult(invocation, outcome))),
    env: renderInput(invocation, step.env),
    // What it prints is for people, and a second look at the same result finds the same.
    output: undefined,
    retry: { ...step.retry, maxAttempts: 1 },
  };
  try {
    await callActivity(invocation, "script", input, { suffix: "verify", summary: `${title}: check`, effect: "read" });
    return undefined;
  } catch (error) {
    const { error: failure } = readFailure(error, "read");
    if (failure.code !== "script/exit") throw error;
    const printed = isJsonObject(failure.details) ? failure.details["stdout"] : "";
    const isSilent = typeof printed !== "string" || printed === "" || failure.message.includes(": ");
    return `${title}: the result does not hold: ${isSilent ? failure.message : `${failure.message}: ${printed}`}`;
  }
}

function withResult(invocation: Invocation, { output, attempts }: Outcome): Invocation {
  const { frame, step, names } = invocation;
  const own = { output, status: "completed", error: null, attempts } as const;
  return {
    ...invocation,
    frame: { ...frame, scope: { ...frame.scope, [step.id]: own } },
    names: { ...names, output } as Invocation["names"],
  };
}
