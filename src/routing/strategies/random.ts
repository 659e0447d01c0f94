import { rotate, type Strategy } from "../strategy.ts";

/** Anybody; the others in order behind. */
export const random: Strategy = {
  name: "random",
  reason: () => "it was drawn",
  rank: (candidates, circumstances) => rotate(candidates, Math.floor(circumstances.random * candidates.length)),
};
