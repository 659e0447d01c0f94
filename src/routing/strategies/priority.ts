import { rankBy, type Strategy } from "../strategy.ts";

/** The least number in `profile: {priority}`; agents without one come last. */
export const priority: Strategy = {
  name: "priority",
  reason: ({ candidate: { profile } }) =>
    profile.priority === undefined ? "nobody has a priority" : `its priority is ${profile.priority}`,
  rank: (candidates) => rankBy(candidates, ({ candidate }) => -(candidate.profile.priority ?? Number.MAX_VALUE)),
};
