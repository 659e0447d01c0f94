import type { Budget } from "../plan/budget.ts";

/** True where a budget can keep an agent from a call: the cheaper agent that it names is what there is when it is used up. */
export function isHeldBy({ onLimit, switchTo }: Pick<Budget, "onLimit" | "switchTo">, agent: string): boolean {
  return onLimit !== "alert" && !(onLimit === "switch" && switchTo === agent);
}
