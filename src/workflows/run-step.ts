import { isArtifactRef, type Stored } from "../plan/artifact.ts";
import type { Step } from "../plan/step.ts";
import { scopeOf } from "./create-run.ts";
import { evaluateValue } from "./evaluate-value.ts";
import { fail, readFailure } from "./failure-info.ts";
import type { Invocation, Outcome } from "./invocation.ts";
import { runForEach } from "./run-for-each.ts";
import type { RunState, StepState } from "./run-state.ts";
import { stepKindOf } from "./step-kinds/step-kinds.ts";
import { beginWork, endWork } from "./track-status.ts";

/**
 * Runs one step to its end, whose failure is recorded in its state. False where it has ended already; else `whenEnded` is
 * called: a callback and one promise a step, because promises are what costs here.
 */
export function runStep(run: RunState, step: Step, whenEnded: () => void): boolean {
  const state = run.steps.get(step.id) as StepState;
  const invocation: Invocation = { run, step, state, path: step.path, title: step.title };
  beginWork(run, state);
  try {
    const outcome = perform(invocation);
    if (!(outcome instanceof Promise)) {
      complete(invocation, outcome);
      return false;
    }
    outcome.then(
      (value) => {
        complete(invocation, value);
        whenEnded();
      },
      (error: unknown) => {
        recordFailure(invocation, error);
        whenEnded();
      },
    );
    return true;
  } catch (error) {
    recordFailure(invocation, error);
    return false;
  }
}

/** `undefined` means skipped. */
function perform(invocation: Invocation): Outcome | undefined | Promise<Outcome | undefined> {
  const { step } = invocation;
  if (step.if === undefined) return act(invocation);
  const verdict = evaluateValue(invocation, step.if, "if");
  if (!(verdict instanceof Promise)) return isTrue(verdict) ? act(invocation) : undefined;
  return verdict.then((value) => (isTrue(value) ? act(invocation) : undefined));
}

function act(invocation: Invocation): Outcome | Promise<Outcome> {
  const { step } = invocation;
  return step.forEach === undefined ? stepKindOf(step).run(invocation) : runForEach(invocation);
}

function isTrue(value: Stored | readonly Stored[]): boolean {
  if (typeof value === "boolean") return value;
  const type = value === null ? "null" : isArtifactRef(value) ? "a large value" : typeof value;
  throw fail("expression/not-boolean", `if needs true or false, but the expression gave ${type}`);
}

function complete({ run, state }: Invocation, outcome: Outcome | undefined): void {
  if (outcome === undefined) {
    state.status = "skipped";
  } else {
    state.status = "completed";
    state.output = outcome.output;
    state.attempts = outcome.attempts;
    state.agent = outcome.agent;
  }
  close(run, state);
}

function recordFailure({ run, step, state }: Invocation, error: unknown): void {
  const failure = readFailure(error);
  state.status = failure.status;
  state.error = failure.error;
  state.attempts = failure.attempts;
  close(run, state);
  if (step.continueOnError && failure.status === "failed") return;
  // The first failure is the run's; a cancelled neighbour of it is a consequence.
  if (run.error === null && failure.status !== "cancelled") run.error = { ...failure.error, step: step.path };
  if (run.plan.onFailure === "stop" || failure.status !== "failed") run.halted = true;
}

function close(run: RunState, state: StepState): void {
  const { status } = state;
  state.closedAtMs = Date.now();
  run.stepScope[state.step.id] = scopeOf(state);
  endWork(run, state);
  state.status = status;
}
