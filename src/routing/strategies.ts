import type { StrategyName } from "../plan/route.ts";
import { balanced } from "./strategies/balanced.ts";
import { capabilityMatch } from "./strategies/capability-match.ts";
import { highestQuality } from "./strategies/highest-quality.ts";
import { leastLoaded } from "./strategies/least-loaded.ts";
import { lowestCost } from "./strategies/lowest-cost.ts";
import { priority } from "./strategies/priority.ts";
import { random } from "./strategies/random.ts";
import { roundRobin } from "./strategies/round-robin.ts";
import type { Strategy } from "./strategy.ts";

/** Every strategy. */
export const strategies: readonly Strategy[] = [
  capabilityMatch,
  lowestCost,
  highestQuality,
  balanced,
  roundRobin,
  random,
  priority,
  leastLoaded,
];

/** Of no strategy: the order of the file. */
const IN_ORDER: Omit<Strategy, "name"> = {
  reason: () => "it is the first that nothing speaks against",
  rank: (candidates) => candidates,
};

/** The strategy of a name; the order of the file where there is none. */
export function strategyOf(name: StrategyName | undefined): Omit<Strategy, "name"> {
  return strategies.find((one) => one.name === name) ?? IN_ORDER;
}
