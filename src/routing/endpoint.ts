import type { AgentSpec } from "../plan/agent-spec.ts";

/** What a breaker is about: one model of one provider at one address. */
export function endpointOf({ kind, model, baseUrl }: AgentSpec): string {
  return [kind, model ?? "default", ...(baseUrl === undefined ? [] : [baseUrl])].join(" ");
}

/** Who shares a rate: all that call one provider at one address with one key. */
export function laneOf({ kind, baseUrl, apiKeyEnv }: AgentSpec): string {
  return [kind, baseUrl ?? "", apiKeyEnv ?? ""].join(" ");
}
