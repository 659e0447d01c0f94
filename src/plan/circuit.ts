/** What all workers know of one model API: whether calls to it make sense. */
export interface Circuit {
  /** `open`: nothing is called. `half_open`: a few calls are let through to try. */
  readonly state: "closed" | "open" | "half_open";
  /** Failures in a row. */
  readonly failures: number;
  /** `half_open`: calls that went well since it was opened. */
  readonly successes: number;
  readonly openedAtMs: number | null;
  /** When it was last asked anything. */
  readonly checkedAtMs: number | null;
  /** Of the last call that went well. */
  readonly latencyMs: number | null;
  /** Of the last call, where it went badly. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** Nothing is known yet. */
export const NEW_CIRCUIT: Circuit = {
  state: "closed",
  failures: 0,
  successes: 0,
  openedAtMs: null,
  checkedAtMs: null,
  latencyMs: null,
  error: null,
};
