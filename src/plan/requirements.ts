import type { Capabilities, CapabilityFact } from "./capabilities.ts";

/** Capabilities that a step can require of its agent. */
export const REQUIREMENTS = [
  "tool-calling",
  "structured-output",
  "streaming",
  "multi-turn",
  "reasoning",
  "extended-reasoning",
  "code-execution",
  "file-creation",
  "mcp",
  "web-search",
] as const satisfies readonly (keyof Capabilities)[];

/** One of them. */
export type Requirement = (typeof REQUIREMENTS)[number];

/** True where the agent has it by itself: what is only prompted, or unknown, does not count. */
export function meets(facts: Readonly<Record<Requirement, CapabilityFact>>, requirement: Requirement): boolean {
  const { value } = facts[requirement];
  return value !== null && value !== false && value !== "none" && value !== "prompted";
}

/** 0 to 1: above all how much of what is required an agent has, then how much it can do at all. */
export function capabilityScore(
  facts: Readonly<Record<Requirement, CapabilityFact>>,
  required: readonly Requirement[],
): number {
  const share = (names: readonly Requirement[]) =>
    names.length === 0 ? 1 : names.filter((name) => meets(facts, name)).length / names.length;
  return 0.8 * share(required) + 0.2 * share(REQUIREMENTS);
}
