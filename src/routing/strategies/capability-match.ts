import { rankBy, type Strategy } from "../strategy.ts";

/** The agent whose capabilities fit best. */
export const capabilityMatch: Strategy = {
  name: "capability_match",
  reason: ({ scores }) => `its capabilities fit best (${scores.capability.toFixed(2)})`,
  rank: (candidates) => rankBy(candidates, ({ scores }) => scores.capability),
};
