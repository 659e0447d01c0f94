import type { Project } from "../bundle/load-project.ts";

/** Where the settings of an agent came from. */
export type AgentSource = "aiworkflow.yaml" | "environment" | "predefined";

/** Says it of an agent of that name: an entry of the project takes the place of what is predefined. */
export function sourceOf({ agents, guessedAgent }: Project, name: string): AgentSource {
  if (name === guessedAgent) return "environment";
  return Object.hasOwn(agents, name) ? "aiworkflow.yaml" : "predefined";
}
