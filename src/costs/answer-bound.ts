import type { AgentSpec } from "../plan/agent-spec.ts";

/** What the APIs call the bound; in `options` it wins over `max-tokens`. */
const NAMES = ["max_tokens", "max_output_tokens", "max_completion_tokens"];

/** The most tokens that an agent's answer may have, where its settings say so. */
export function answerBoundOf({ maxTokens, options = {} }: AgentSpec): number | undefined {
  const said = NAMES.map((name) => options[name]).filter((value) => typeof value === "number");
  return said.length > 0 ? Math.max(...said) : maxTokens;
}
