import type { AgentProfile, AgentRate, AgentSpec, CircuitBreakerSpec } from "../plan/agent-spec.ts";
import { checkKeys, type Reader } from "./reader.ts";
import { readNumber } from "./read-number.ts";

const BAD = "agent/bad-spec";
const UNIT = { min: 0, max: 1, badValue: BAD };
const COUNT = { min: 1, whole: true, badValue: BAD };

/** Keys of an agent that choices, limits and breakers go by. */
export const PROFILE_KEYS = ["profile", "rate", "circuit-breaker"] as const;

/** Reads `profile:`, `rate:` and `circuit-breaker:` of an agent. */
export function parseAgentProfile(reader: Reader): Pick<AgentSpec, "profile" | "rate" | "circuitBreaker"> {
  return compact({
    profile: readProfile(reader),
    rate: readRate(reader),
    circuitBreaker: readCircuitBreaker(reader),
  });
}

/** Reads `circuit-breaker:`, of an agent or of the project. */
export function readCircuitBreaker(reader: Reader, code: string = BAD): CircuitBreakerSpec | undefined {
  const map = open(reader, "circuit-breaker", ["failure-threshold", "recovery-timeout", "half-open-max-calls"], code);
  if (map === undefined) return undefined;
  const count = { min: 1, whole: true, badValue: code.replace("unknown-key", "bad-value") };
  return compact({
    failureThreshold: readNumber(map, "failure-threshold", count),
    recoveryTimeoutMs: map.durationMs("recovery-timeout"),
    halfOpenMaxCalls: readNumber(map, "half-open-max-calls", count),
  });
}

/** An agent with the project's breaker where it has none of its own. */
export function withCircuitBreaker(spec: AgentSpec, ofProject: CircuitBreakerSpec | undefined): AgentSpec {
  return ofProject === undefined ? spec : { ...spec, circuitBreaker: { ...ofProject, ...spec.circuitBreaker } };
}

function readProfile(reader: Reader): AgentProfile | undefined {
  const map = open(reader, "profile", ["accuracy", "reliability", "speed", "priority", "tags", "latency"]);
  if (map === undefined) return undefined;
  return compact({
    accuracy: readNumber(map, "accuracy", UNIT),
    reliability: readNumber(map, "reliability", UNIT),
    speed: readNumber(map, "speed", UNIT),
    priority: readNumber(map, "priority", COUNT),
    tags: map.names("tags"),
    latencyMs: map.durationMs("latency"),
  });
}

function readRate(reader: Reader): AgentRate | undefined {
  const map = open(reader, "rate", ["requests-per-minute", "tokens-per-minute", "max-parallel"]);
  if (map === undefined) return undefined;
  return compact({
    requestsPerMinute: readNumber(map, "requests-per-minute", COUNT),
    tokensPerMinute: readNumber(map, "tokens-per-minute", COUNT),
    maxParallel: readNumber(map, "max-parallel", COUNT),
  });
}

function open(reader: Reader, key: string, known: readonly string[], unknownCode: string = BAD): Reader | undefined {
  const map = reader.map(key);
  if (map !== undefined) checkKeys(map, { known, unknownCode });
  return map;
}

function compact<T extends object>(object: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
