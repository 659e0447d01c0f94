import type { JsonValue } from "./json.ts";

/** How a failure of a step behaves. */
export interface StepFailureOptions {
  /** May another attempt succeed? @default false */
  readonly retryable?: boolean;
  /** Wait at least this long before the next attempt (Retry-After). */
  readonly retryAfterMs?: number;
  /** Nobody knows whether the effect happened; an at-most-once step then ends `outcome-unknown`. @default false */
  readonly outcomeUnknown?: boolean;
  /** Whatever helps a person: status, end of stderr, provider's request id. Never secrets. */
  readonly details?: JsonValue;
}

/** Thrown by agents, tools and scripts: a known failure with a code of the catalogue. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";
  readonly code: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly outcomeUnknown: boolean;
  readonly details: JsonValue | undefined;

  constructor(code: string, message: string, options: StepFailureOptions = {}) {
    super(message);
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.outcomeUnknown = options.outcomeUnknown ?? false;
    this.details = options.details;
  }
}
