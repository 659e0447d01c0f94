import OpenAI from "openai";
import { StepFailure } from "../../plan/step-failure.ts";
import { apiFailure, connectionFailure, readRetryAfter, streamFailure } from "../api-failure.ts";

/** The failure that an error of the SDK means. */
export function explainOpenAiError(error: unknown): unknown {
  if (error instanceof StepFailure || !(error instanceof Error)) return error;
  if (error instanceof OpenAI.APIConnectionError) return connectionFailure(error);
  if (error instanceof OpenAI.APIError) {
    const type = error.code ?? error.type ?? undefined;
    if (error.status === undefined) return streamFailure(type, error.message);
    return apiFailure({
      status: error.status,
      type,
      message: error.message,
      retryAfterMs: readRetryAfter((name) => error.headers?.get(name), Date.now()),
      requestId: error.requestID ?? undefined,
    });
  }
  return new StepFailure("agent/truncated", `the answer's stream broke: ${error.message}`, { retryable: true });
}
