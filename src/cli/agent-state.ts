import { readCircuit } from "../ledger/circuits.ts";
import { countInFlight } from "../ledger/in-flight.ts";
import type { Ledger } from "../ledger/open-ledger.ts";
import type { AgentSpec } from "../plan/agent-spec.ts";
import type { Circuit } from "../plan/circuit.ts";
import { endpointOf } from "../routing/endpoint.ts";

/** What all workers know of an agent now. */
export interface AgentState {
  readonly endpoint: string;
  readonly breaker: Circuit["state"];
  readonly is_healthy: boolean;
  /** ISO 8601 UTC; null where nobody has asked it yet. */
  readonly last_check: string | null;
  readonly latency_ms: number | null;
  readonly consecutive_failures: number;
  readonly error: Circuit["error"];
  readonly in_flight: number;
}

/** Reads what the ledger says of an agent. */
export function readAgentState(ledger: Ledger, name: string, spec: AgentSpec): AgentState {
  const endpoint = endpointOf(spec);
  const { state, failures, checkedAtMs, latencyMs, error } = readCircuit(ledger, endpoint);
  return {
    endpoint,
    breaker: state,
    is_healthy: state === "closed" && failures === 0,
    last_check: checkedAtMs === null ? null : new Date(checkedAtMs).toISOString(),
    latency_ms: latencyMs,
    consecutive_failures: failures,
    error,
    in_flight: countInFlight(ledger, name, { nowMs: Date.now() }),
  };
}
