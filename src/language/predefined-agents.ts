import type { AgentSpec, CircuitBreakerSpec } from "../plan/agent-spec.ts";
import { withCircuitBreaker } from "./parse-agent-profile.ts";

/** When the models below were chosen: docs/agents.md says the same. */
export const PREDEFINED_DATE = "2026-11-26";

/** Agents that every project has without an entry of its own. What they are good at is our estimate. */
const PREDEFINED_AGENTS: { readonly [name: string]: AgentSpec } = {
  "claude-code": { kind: "claude-code", model: "claude-opus-5-5", profile: { accuracy: 0.95 } },
  "opencode-gpt4o": { kind: "opencode", model: "openai/gpt-6.1-sol", profile: { accuracy: 0.88 } },
  "opencode-gpt4o-mini": { kind: "opencode", model: "openai/gpt-5.4-mini", profile: { accuracy: 0.6 } },
  "opencode-claude": { kind: "opencode", model: "anthropic/claude-sonnet-5-5", profile: { accuracy: 0.9 } },
};

/** Everybody who can be named: what the files say of a name takes the place of what is predefined. */
export function withPredefined(
  configured: { readonly [name: string]: AgentSpec },
  circuitBreaker: CircuitBreakerSpec | undefined,
): { readonly [name: string]: AgentSpec } {
  const predefined = Object.entries(PREDEFINED_AGENTS).map(
    ([name, spec]) => [name, withCircuitBreaker(spec, circuitBreaker)] as const,
  );
  return { ...configured, ...Object.fromEntries(predefined.filter(([name]) => !Object.hasOwn(configured, name))) };
}

/** Whom a strategy over all agents chooses among: those that the files configure, else the predefined ones. */
export function openPool(configured: { readonly [name: string]: AgentSpec }): readonly string[] {
  const names = Object.keys(configured);
  return names.length > 0 ? names : Object.keys(PREDEFINED_AGENTS);
}
