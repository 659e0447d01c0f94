import { rankBy, type Strategy } from "../strategy.ts";

/** The agent whose profile promises most. */
export const highestQuality: Strategy = {
  name: "highest_quality",
  reason: ({ scores }) => `its quality is the highest (${scores.quality.toFixed(2)})`,
  rank: (candidates) => rankBy(candidates, ({ scores }) => scores.quality),
};
