import { ExpressionError } from "../expressions/expression-error.ts";
import { StepFailure } from "../plan/step-failure.ts";

/**
 * What any error of an attempt means for its step. `hasBegun`: something may have been done to the world, so that an error of our own, as
 * of a disk that is full, says nothing of whether it was.
 */
export function toStepFailure(error: unknown, hasBegun: boolean): StepFailure {
  if (error instanceof StepFailure) return error;
  // The same expression over the same values fails again.
  if (error instanceof ExpressionError) return new StepFailure(error.code, error.message);
  const message = error instanceof Error ? error.message : String(error);
  if (!hasBegun) return new StepFailure("step/internal-error", message, { retryable: true });
  const text = `it has run, but what came of it could not be kept: ${message}`;
  return new StepFailure("step/internal-error", text, { retryable: true, outcomeUnknown: true });
}
