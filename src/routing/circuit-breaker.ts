import type { CircuitBreakerSpec } from "../plan/agent-spec.ts";
import type { Circuit } from "../plan/circuit.ts";

/** What a breaker does with a call that wants to go out. */
export type Admission =
  | { readonly admitted: true; readonly isProbe: boolean; readonly circuit: Circuit }
  | { readonly admitted: false; readonly againAfterMs: number };

const FAILURE_THRESHOLD = 5;
const RECOVERY_TIMEOUT_MS = 30_000;
const HALF_OPEN_MAX_CALLS = 3;
/** Probes are under way already: their verdict is near. */
const PROBING_MS = 1000;

/** May a call go out? `probes`: those under way. */
export function admitCall(
  circuit: Circuit,
  spec: CircuitBreakerSpec | undefined,
  { nowMs, probes }: { readonly nowMs: number; readonly probes: number },
): Admission {
  if (circuit.state === "closed") return { admitted: true, isProbe: false, circuit };
  const recoversAtMs = (circuit.openedAtMs ?? 0) + (spec?.recoveryTimeoutMs ?? RECOVERY_TIMEOUT_MS);
  if (circuit.state === "open") {
    if (nowMs < recoversAtMs) return { admitted: false, againAfterMs: recoversAtMs - nowMs };
    return { admitted: true, isProbe: true, circuit: { ...circuit, state: "half_open", successes: 0 } };
  }
  if (probes + circuit.successes >= (spec?.halfOpenMaxCalls ?? HALF_OPEN_MAX_CALLS))
    return { admitted: false, againAfterMs: PROBING_MS };
  return { admitted: true, isProbe: true, circuit };
}

/** After a call that was answered. Late answers of calls from before it opened close nothing. */
export function noteSuccess(
  circuit: Circuit,
  spec: CircuitBreakerSpec | undefined,
  { nowMs, latencyMs, isProbe }: { readonly nowMs: number; readonly latencyMs: number; readonly isProbe: boolean },
): Circuit {
  const seen = { ...circuit, checkedAtMs: nowMs, latencyMs, error: null };
  if (circuit.state === "closed") return { ...seen, failures: 0 };
  if (circuit.state === "open" || !isProbe) return circuit;
  const successes = circuit.successes + 1;
  if (successes < (spec?.halfOpenMaxCalls ?? HALF_OPEN_MAX_CALLS)) return { ...seen, successes };
  return { ...seen, state: "closed", failures: 0, successes: 0, openedAtMs: null };
}

/** After a call that the API is to blame for. */
export function noteFailure(
  circuit: Circuit,
  spec: CircuitBreakerSpec | undefined,
  { nowMs, error, isProbe }: { readonly nowMs: number; readonly error: Circuit["error"]; readonly isProbe: boolean },
): Circuit {
  const failed = { ...circuit, failures: circuit.failures + 1, checkedAtMs: nowMs, error };
  const opens =
    circuit.state === "half_open"
      ? isProbe
      : circuit.state === "closed" && failed.failures >= (spec?.failureThreshold ?? FAILURE_THRESHOLD);
  return opens ? { ...failed, state: "open", successes: 0, openedAtMs: nowMs } : failed;
}
