import { rankBy, type Strategy } from "../strategy.ts";

/** The cheapest agent; one of unknown price comes last. */
export const lowestCost: Strategy = {
  name: "lowest_cost",
  reason: ({ candidate: { estimateUsd } }) =>
    estimateUsd === null ? "nobody's price is known" : `a call costs least (about $${estimateUsd.toPrecision(2)})`,
  rank: (candidates) => rankBy(candidates, ({ candidate }) => -(candidate.estimateUsd ?? Number.MAX_VALUE)),
};
