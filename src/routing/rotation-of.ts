import type { Route } from "../plan/route.ts";

/** Names the agents that take turns with each other: those of one workflow that are chosen among together. */
export function rotationOf(workflow: string, { candidates }: Pick<Route, "candidates">): string {
  return [workflow, ...candidates.map(({ agent }) => agent)].join(" ");
}
