import Anthropic from "@anthropic-ai/sdk";
import { StepFailure } from "../../plan/step-failure.ts";
import { apiFailure, connectionFailure, readRetryAfter, streamFailure } from "../api-failure.ts";

/** The failure that an error of the SDK means. */
export function explainAnthropicError(error: unknown): unknown {
  if (error instanceof StepFailure || !(error instanceof Error)) return error;
  if (error instanceof Anthropic.APIConnectionError) return connectionFailure(error);
  if (error instanceof Anthropic.APIError) {
    const { type, message = error.message } =
      (error.error as { error?: { type?: string; message?: string } })?.error ?? {};
    if (error.status === undefined) return streamFailure(type, message);
    return apiFailure({
      status: error.status,
      type,
      message,
      retryAfterMs: readRetryAfter((name) => error.headers?.get(name), Date.now()),
      requestId: error.requestID ?? undefined,
    });
  }
  return new StepFailure("agent/truncated", `the answer's stream broke: ${error.message}`, { retryable: true });
}
