import { rankBy, type Strategy } from "../strategy.ts";

/** The fewest calls under way over all workers. */
export const leastLoaded: Strategy = {
  name: "least_loaded",
  reason: ({ candidate: { inFlight } }) => `it has the fewest calls under way (${inFlight})`,
  rank: (candidates) => rankBy(candidates, ({ candidate }) => -candidate.inFlight),
};
