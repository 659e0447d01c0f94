import { readCircuit } from "../ledger/circuits.ts";
import { agentPlace, countPlaces } from "../ledger/places.ts";
import type { Ledger } from "../ledger/open-ledger.ts";
import type { AgentSpec } from "../plan/agent-spec.ts";
import type { PriceList } from "../plan/price.ts";
import type { Route } from "../plan/route.ts";
import { admitCall } from "./circuit-breaker.ts";
import { endpointOf } from "./endpoint.ts";
import { estimateUsd } from "./estimate.ts";
import type { Candidate } from "./score.ts";

/** What is known now of everybody whom a route names. */
export function readCandidates(
  ledger: Ledger,
  { candidates }: Pick<Route, "candidates">,
  {
    agents,
    promptTokens,
    prices,
    nowMs,
  }: {
    readonly agents: { readonly [name: string]: AgentSpec };
    readonly promptTokens: number;
    /** Of the project. */
    readonly prices?: PriceList | undefined;
    readonly nowMs: number;
  },
): readonly Candidate[] {
  return candidates.flatMap(({ agent, capability, isPreferred, isReserve }) => {
    const spec = agents[agent];
    if (spec === undefined) return [];
    const circuit = readCircuit(ledger, endpointOf(spec));
    const admission = admitCall(circuit, spec.circuitBreaker, { nowMs, probes: 0 });
    return [
      {
        agent,
        profile: spec.profile ?? {},
        capability,
        isPreferred,
        isReserve,
        estimateUsd: estimateUsd(spec, promptTokens, prices),
        latencyMs: circuit.latencyMs ?? spec.profile?.latencyMs ?? null,
        inFlight: countPlaces(ledger, agentPlace(agent), { nowMs }),
        maxParallel: spec.rate?.maxParallel,
        circuit,
        isClosedOff: !admission.admitted,
        againAfterMs: admission.admitted ? 0 : admission.againAfterMs,
      },
    ];
  });
}
