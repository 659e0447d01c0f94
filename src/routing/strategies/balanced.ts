import { rankBy, type Strategy } from "../strategy.ts";

/** All scores together, by their weights. */
export const balanced: Strategy = {
  name: "balanced",
  reason: ({ total }) => `its scores together are the best (${total.toFixed(2)})`,
  rank: (candidates) => rankBy(candidates, ({ total }) => total),
};
