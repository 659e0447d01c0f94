import type OpenAiSdk from "openai";
import { DEFAULT_MODELS } from "../../plan/default-models.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { apiFailure, readRetryAfter } from "../api-failure.ts";

/** Used where an agent names no model. */
export const DEFAULT_OPENAI_MODEL = DEFAULT_MODELS["openai"] as string;

/** The failure that an error of the SDK means. */
export function explainOpenAiError(error: unknown, OpenAI: typeof OpenAiSdk): unknown {
  if (error instanceof StepFailure || !(error instanceof Error)) return error;
  if (error instanceof OpenAI.APIError && error.status !== undefined) {
    return apiFailure({
      status: error.status,
      type: error.code ?? error.type ?? undefined,
      message: error.message,
      retryAfterMs: readRetryAfter((name) => error.headers?.get(name), Date.now()),
      requestId: error.requestID ?? undefined,
    });
  }
  if (error instanceof OpenAI.APIConnectionError) return apiFailure({ status: undefined, message: error.message });
  return new StepFailure("agent/truncated", `the answer's stream broke: ${error.message}`, { retryable: true });
}
