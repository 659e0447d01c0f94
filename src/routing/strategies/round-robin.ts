import { rotate, type Strategy } from "../strategy.ts";

/** One after the other, over all runs. */
export const roundRobin: Strategy = {
  name: "round_robin",
  takesTurns: true,
  reason: () => "it is its turn",
  rank: (candidates, { turn }) => rotate(candidates, turn),
};
