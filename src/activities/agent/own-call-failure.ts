import { StepFailure, type StepFailureOptions } from "../../plan/step-failure.ts";

/** A tool call of a program that its step cannot go on after: it says nothing of the program, nor of its model's API. */
export class OwnCallFailure extends StepFailure {
  // Another attempt of the program would mend none of them: the call itself was repeated as often as it may be.
  constructor(code: string, message: string, options: Omit<StepFailureOptions, "retryable"> = {}) {
    super(code, message, options);
  }
}

/** Nobody knows what came of a call that is to be made once. */
export function outcomeUnknown(operation: string, why: string): OwnCallFailure {
  const message = `${operation}: ${why}; nobody knows whether it took effect`;
  return new OwnCallFailure("step/outcome-unknown", message, { outcomeUnknown: true });
}
