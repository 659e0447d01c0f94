import { readCircuit } from "../ledger/circuits.ts";
import { agentPlace, countPlaces } from "../ledger/places.ts";
import type { Ledger } from "../ledger/open-ledger.ts";
import type { AgentSpec } from "../plan/agent-spec.ts";
import type { Circuit } from "../plan/circuit.ts";
import { endpointOf } from "../routing/endpoint.ts";

/** What holds the calls of an agent back now. */
export interface AgentState {
  readonly endpoint: string;
  readonly breaker: Circuit["state"];
  readonly consecutive_failures: number;
  readonly in_flight: number;
}

/** Reads it from the ledger. */
export function readAgentState(ledger: Ledger, name: string, spec: AgentSpec): AgentState {
  const endpoint = endpointOf(spec);
  const { state, failures } = readCircuit(ledger, endpoint);
  const inFlight = countPlaces(ledger, agentPlace(name), { nowMs: Date.now() });
  return { endpoint, breaker: state, consecutive_failures: failures, in_flight: inFlight };
}
