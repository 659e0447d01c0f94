import { recordChoice } from "../../ledger/choices.ts";
import { modelOfAgent } from "../../costs/price-of-agent.ts";
import { readCircuit, writeCircuit } from "../../ledger/circuits.ts";
import { readDearest } from "../../ledger/dearest-call.ts";
import { findHealth } from "../../ledger/health.ts";
import type { Ledger } from "../../ledger/open-ledger.ts";
import {
  agentPlace,
  countPlaces,
  dropDeadPlaces,
  freePlaces,
  PLACE_LEASE_MS,
  probePlace,
  takePlace,
} from "../../ledger/places.ts";
import { readTurns, renameTurn, writeTurn } from "../../ledger/turns.ts";
import type { AgentCall } from "../../plan/activity.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { admitCall } from "../../routing/circuit-breaker.ts";
import { endpointOf, laneOf } from "../../routing/endpoint.ts";
import { findTurn, WINDOW_MS } from "../../routing/find-turn.ts";
import { ticketOf } from "./ticket.ts";

/** How often a full agent is asked again. */
const FULL_AGAIN_MS = 100;
/** A turn that nobody took counts as taken so long after. */
const TURN_KEPT_MS = 1000;
const OUT_OF_REACH = /^agent\/(connection|timeout):/;
/** A connection that failed in this time is not tried again where another agent can take over. */
const HEALTH_MS = 60_000;

/** One attempt of one call. */
export interface Entry {
  /** Of the call, the same over attempts. */
  readonly id: string;
  readonly attempt: number;
  /** By estimate. */
  readonly tokens: number;
  /** Nothing outside is called: there is nothing to hold back. */
  readonly isPlayback: boolean;
}

/** It may go, or it may be asked again after so long. */
export type Verdict = { readonly isProbe: boolean } | { readonly againAfterMs: number };

/**
 * May this call go out now? If so it counts as under way. Throws `StepFailure` `agent/breaker-open`, `agent/unhealthy`.
 * To be called inside `atomically`.
 */
export function enterCall(ledger: Ledger, call: AgentCall, entry: Entry): Verdict {
  const nowMs = Date.now();
  const { agent: spec, agentName } = call;
  const endpoint = endpointOf(spec);
  const { id } = entry;
  const isProbe = entry.isPlayback ? false : passBreaker(ledger, call, { ...entry, endpoint, nowMs });
  dropDeadPlaces(ledger, nowMs);
  const { tokensPerMinute, maxParallel = Infinity } = spec.rate ?? {};
  const before =
    tokensPerMinute === undefined ? undefined : readDearest(ledger, { agent: agentName, model: modelOfAgent(spec) });
  // Where nobody knows what calls of the agent take, one shows it before there are many of them.
  const most = before?.calls === 0 ? 1 : maxParallel;
  if (most < Infinity && countOthers(ledger, call, { id, nowMs }) >= most) return { againAfterMs: FULL_AGAIN_MS };
  const tokens = Math.max(entry.tokens, before?.tokens ?? 0);
  const waitMs = takeTurn(ledger, call, { ...entry, tokens, nowMs });
  if (waitMs > 0) return { againAfterMs: waitMs };
  freePlaces(ledger, ticketOf(call));
  // What an attempt of a worker that died still holds.
  freePlaces(ledger, id);
  const place = { holder: id, untilMs: nowMs + PLACE_LEASE_MS };
  takePlace(ledger, agentPlace(agentName), place);
  if (isProbe) takePlace(ledger, probePlace(endpoint), place);
  if (call.routed !== undefined && call.turn === 0) {
    const { run, workflow, stepPath: step } = call;
    recordChoice(ledger, { id, run, workflow, step, agent: agentName, decision: call.routed.decision, atMs: nowMs });
  }
  return { isProbe };
}

/** Calls of the agent under way, but this one and the promise that it keeps. */
function countOthers(ledger: Ledger, call: AgentCall, { id, nowMs }: { id: string; nowMs: number }): number {
  freePlaces(ledger, ticketOf(call));
  return countPlaces(ledger, agentPlace(call.agentName), { nowMs, but: id });
}

function passBreaker(
  ledger: Ledger,
  { agent, agentName, routed, turn }: AgentCall,
  { id, attempt, endpoint, nowMs }: Entry & { readonly endpoint: string; readonly nowMs: number },
): boolean {
  const circuit = readCircuit(ledger, endpoint);
  const probes = countPlaces(ledger, probePlace(endpoint), { nowMs, but: id });
  const admission = admitCall(circuit, agent.circuitBreaker, { nowMs, probes });
  const { error } = circuit;
  if (!admission.admitted) {
    const isHandedOver = routed?.handsOverOn.includes("breaker") ?? false;
    throw new StepFailure(
      "agent/breaker-open",
      `${agentName} was not called: ${circuit.failures} calls in a row failed; the last: ${error?.message ?? "unknown"}`,
      isHandedOver ? {} : { retryable: true, retryAfterMs: admission.againAfterMs },
    );
  }
  if (attempt === 1 && turn === 0 && circuit.state === "closed" && routed?.handsOverOn.includes("health"))
    refuseUnhealthy(ledger, agentName, { agent, nowMs });
  if (admission.circuit !== circuit) writeCircuit(ledger, endpoint, admission.circuit);
  return admission.isProbe;
}

/** What a check, or the last call, has found a moment ago need not be found again where another agent can take over. */
function refuseUnhealthy(
  ledger: Ledger,
  name: string,
  { agent, nowMs }: { readonly agent: AgentCall["agent"]; readonly nowMs: number },
): void {
  const { lastCheckMs = 0, error = null } = findHealth(ledger, agent) ?? {};
  if (error !== null && OUT_OF_REACH.test(error) && nowMs - lastCheckMs < HEALTH_MS)
    throw new StepFailure("agent/unhealthy", `${name} could not be reached a moment ago: ${error}`);
}

/** Milliseconds until the call has its turn; it keeps its place in the line while it waits. */
function takeTurn(
  ledger: Ledger,
  { agent: spec }: AgentCall,
  { id: callId, attempt, tokens, nowMs }: Entry & { readonly nowMs: number },
): number {
  const { rate } = spec;
  if (rate?.requestsPerMinute === undefined && rate?.tokensPerMinute === undefined) return 0;
  const lane = laneOf(spec);
  const id = turnOf(callId, attempt);
  let turns = readTurns(ledger, lane, nowMs - WINDOW_MS);
  const own = turns.find((turn) => turn.id === id);
  if (own !== undefined && !own.isUsed && own.atMs > nowMs) return own.atMs - nowMs;
  if (own !== undefined && (own.isUsed || nowMs - own.atMs > TURN_KEPT_MS)) {
    // An attempt that was cut off has sent its request, or its turn is over: that one stays counted.
    renameTurn(ledger, id, `${id} ${own.atMs}`);
  } else if (own !== undefined) {
    // Those before it may have taken more than it was thought.
    const gone = turns.filter((turn) => turn.id !== id && turn.atMs <= nowMs);
    const againMs = findTurn(gone, rate, { nowMs, tokens });
    writeTurn(ledger, lane, { ...own, tokens, atMs: againMs, isUsed: againMs <= nowMs });
    return againMs - nowMs;
  }
  turns = readTurns(ledger, lane, nowMs - WINDOW_MS);
  const atMs = findTurn(turns, rate, { nowMs, tokens });
  writeTurn(ledger, lane, { id, atMs, tokens, isUsed: atMs <= nowMs });
  return atMs - nowMs;
}

/** Each attempt is a request of its own. */
export function turnOf(callId: string, attempt: number): string {
  return `${callId} ${attempt}`;
}
