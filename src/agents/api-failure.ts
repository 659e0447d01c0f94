import type { JsonValue } from "../plan/json.ts";
import { isCertificateFault } from "../plan/is-certificate-fault.ts";
import { StepFailure } from "../plan/step-failure.ts";

/** What an HTTP answer of a model API says about a failure. */
export interface ApiError {
  /** Undefined: no answer came, and `type` is the code of the reason. */
  readonly status: number | undefined;
  /** The provider's own word, such as `insufficient_quota`. */
  readonly type?: string | undefined;
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
  readonly requestId?: string | undefined;
}

const NEVER_AGAIN = new Set(["insufficient_quota", "billing_hard_limit_reached", "billing_error"]);

/** What an error that comes in the middle of an answer would have had for a status at its beginning. */
const STATUS_OF_TYPE: ReadonlyMap<string, number> = new Map([
  ["invalid_request_error", 400],
  ["authentication_error", 401],
  ["permission_error", 403],
  ["not_found_error", 404],
  ["model_not_found", 404],
  ["rate_limit_error", 429],
  ["rate_limit_exceeded", 429],
  ["api_error", 500],
  ["server_error", 500],
  ["overloaded_error", 529],
]);

/** The failure that an error in the middle of an answer means. */
export function streamFailure(type: string | undefined, message: string): StepFailure {
  const status = STATUS_OF_TYPE.get(type ?? "");
  if (status !== undefined || NEVER_AGAIN.has(type ?? "")) return apiFailure({ status: status ?? 429, type, message });
  return new StepFailure("agent/server-error", `the model API failed in the middle of its answer: ${message}`, {
    retryable: true,
    details: { type: type ?? null },
  });
}

/** The failure that an API error means: its code, and whether another attempt can help. */
export function apiFailure(error: ApiError): StepFailure {
  const { status, retryAfterMs, message } = error;
  const details: JsonValue = { status: status ?? null, type: error.type ?? null, requestId: error.requestId ?? null };
  const again = { retryable: true, retryAfterMs, details };
  const never = { details };
  if (status === undefined) {
    const options = isCertificateFault(error.type) ? never : again;
    return new StepFailure("agent/connection", `the model API cannot be reached: ${message}`, options);
  }
  const text = `the model API answered ${status}: ${message}`;
  if (error.type !== undefined && NEVER_AGAIN.has(error.type)) return new StepFailure("agent/quota", text, never);
  if (status === 401 || status === 403) return new StepFailure("agent/unauthorized", text, never);
  // OpenAI says so with 400 as well.
  if (status === 404 || error.type === "model_not_found") return new StepFailure("agent/model-not-found", text, never);
  if (status === 408) return new StepFailure("agent/timeout", text, again);
  if (status === 409 || status === 425) return new StepFailure("agent/server-error", text, again);
  if (status === 429) return new StepFailure("agent/rate-limited", text, again);
  if (status === 503 || status === 529) return new StepFailure("agent/overloaded", text, again);
  if (status >= 500) return new StepFailure("agent/server-error", text, again);
  return new StepFailure("agent/bad-request", text, never);
}

/** The failure where nobody answered: SDKs keep the reason in the cause of the cause. */
export function connectionFailure(error: Error): StepFailure {
  let last: NodeJS.ErrnoException = error;
  while (last.cause instanceof Error) last = last.cause;
  const message = last.message === "" ? error.message : last.message;
  return apiFailure({ status: undefined, type: last.code, message });
}

/** Milliseconds of `retry-after-ms` or `Retry-After` (seconds or a date), if there is one. */
export function readRetryAfter(header: (name: string) => string | null | undefined, now: number): number | undefined {
  const ms = Number(header("retry-after-ms") ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const text = header("retry-after");
  if (text == null || text === "") return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
