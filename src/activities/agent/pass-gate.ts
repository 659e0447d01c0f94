import { setTimeout as sleep } from "node:timers/promises";
import type { ProviderAnswer } from "../../agents/provider.ts";
import { loadProvider } from "../../agents/registry.ts";
import { readCircuit, writeCircuit } from "../../ledger/circuits.ts";
import { freePlaces, KEEP_PLACE_EVERY_MS, keepPlaces } from "../../ledger/places.ts";
import { settleTurn } from "../../ledger/turns.ts";
import type { AgentCall } from "../../plan/activity.ts";
import type { Circuit } from "../../plan/circuit.ts";
import type { TokenUsage } from "../../plan/report.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { noteFailure, noteSuccess } from "../../routing/circuit-breaker.ts";
import { endpointOf } from "../../routing/endpoint.ts";
import type { ActivityContext } from "../activity-context.ts";
import { bookkeep, keepNoting } from "../bookkeep.ts";
import { Postponed } from "../postponed.ts";
import { OwnCallFailure } from "./own-call-failure.ts";
import { enterCall, type Entry, turnOf } from "./enter-call.ts";

/** A wait up to this long is spent here; a longer one gives the place back to the worker. */
const WAIT_HERE_MS = 2000;
/** Failures that an API is to blame for; what it says of one request says nothing of the next. */
const BREAKING = new Set([
  "agent/connection",
  "agent/timeout",
  "agent/server-error",
  "agent/overloaded",
  "step/timeout",
]);

/**
 * Makes a call to a model once breaker, rate and `max-parallel` let it through, and notes how it went for all workers.
 * Throws what `ask` throws, and `StepFailure` `agent/breaker-open`, `agent/unhealthy`; a wait that is too long to be spent
 * here ends the attempt without counting it.
 */
export async function passGate(
  call: AgentCall,
  context: ActivityContext,
  { tokens, ask }: { readonly tokens: number; readonly ask: () => Promise<ProviderAnswer> },
): Promise<ProviderAnswer> {
  const ledger = context.ledger();
  const { isPlayback = false } = await loadProvider(call.agent, { readFile: context.readFile, host: context });
  const entry: Entry = { id: context.callId, attempt: context.attempt, tokens, isPlayback };
  const { isProbe } = await enter(call, context, entry);
  const startedAtMs = Date.now();
  const stopKeeping = keepNoting(KEEP_PLACE_EVERY_MS, () => keepPlaces(ledger, entry.id, Date.now()), context);
  const endpoint = endpointOf(call.agent);
  const { circuitBreaker } = call.agent;
  /** An answer is paid for, and a failure is what it is, whether this can be noted or not. */
  const noteCircuit = (change: (circuit: Circuit) => Circuit) => {
    if (isPlayback) return;
    const write = () => writeCircuit(ledger, endpoint, change(readCircuit(ledger, endpoint)));
    bookkeep(context, () => ledger.atomically(write));
  };
  try {
    const answer = await ask();
    const nowMs = Date.now();
    const latencyMs = nowMs - startedAtMs;
    bookkeep(context, () => settleTurn(ledger, turnOf(entry.id, entry.attempt), sum(answer.usage)));
    noteCircuit((circuit) => noteSuccess(circuit, circuitBreaker, { nowMs, latencyMs, isProbe }));
    return answer;
  } catch (error) {
    const failure = context.signal.aborted ? context.signal.reason : error;
    if (isOfApi(failure)) {
      const told = { code: failure.code, message: context.redact(failure.message).slice(0, 300) };
      noteCircuit((circuit) => noteFailure(circuit, circuitBreaker, { nowMs: Date.now(), error: told, isProbe }));
    }
    throw error;
  } finally {
    stopKeeping();
    bookkeep(context, () => freePlaces(ledger, entry.id));
  }
}

/** A tool call that a program made says nothing of its model's API. */
function isOfApi(failure: unknown): failure is StepFailure {
  return failure instanceof StepFailure && !(failure instanceof OwnCallFailure) && BREAKING.has(failure.code);
}

async function enter(call: AgentCall, context: ActivityContext, entry: Entry): Promise<{ readonly isProbe: boolean }> {
  const ledger = context.ledger();
  const untilMs = Date.now() + WAIT_HERE_MS;
  for (;;) {
    const verdict = ledger.atomically(() => enterCall(ledger, call, entry));
    if ("isProbe" in verdict) return verdict;
    const { againAfterMs } = verdict;
    if (Date.now() + againAfterMs > untilMs)
      throw new Postponed(`${call.agentName} has no free place now`, againAfterMs);
    await context.offTheClock(() => sleep(againAfterMs, undefined, { signal: context.signal }));
  }
}

function sum({ inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens }: TokenUsage): number {
  return inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens;
}
