import type { AgentSpec } from "../../plan/agent-spec.ts";
import { type CapabilitySet, capabilitiesOf } from "../../plan/capabilities.ts";

/** Agents with the size of their context window, where somebody has said it: a call that cannot fit is not made. */
export function withContextWindows(
  agents: { readonly [name: string]: AgentSpec },
  capabilities: { readonly [nameOrKind: string]: CapabilitySet },
): { readonly [name: string]: AgentSpec } {
  const entries = Object.entries(agents).map(([name, spec]): [string, AgentSpec] => {
    const { value } = capabilitiesOf({ name, kind: spec.kind }, capabilities)["context-window"];
    return [name, typeof value === "number" ? { ...spec, contextTokens: value } : spec];
  });
  return Object.fromEntries(entries);
}
