import { rankBy, type Strategy } from "../strategy.ts";
import { formatUsd } from "../../plan/format-usd.ts";

/** The cheapest agent; one of unknown price comes last. */
export const lowestCost: Strategy = {
  name: "lowest_cost",
  reason: ({ candidate: { estimateUsd } }) =>
    estimateUsd === null ? "nobody's price is known" : `a call costs least (about ${formatUsd(estimateUsd)})`,
  rank: (candidates) => rankBy(candidates, ({ candidate }) => -(candidate.estimateUsd ?? Number.MAX_VALUE)),
};
