import type { AgentCall } from "../plan/activity.ts";
import type { AccountBudget, Charge } from "../plan/budget.ts";

/**
 * The charge of a call of a sub-agent, whose path stands below that of its step: it counts to the agents that asked for it, and a share of
 * the nearest budget is its own.
 */
export function chargeWithShare(
  charge: Charge,
  { run, stepPath, agentName, budgetShare }: Pick<AgentCall, "run" | "stepPath" | "agentName" | "budgetShare">,
): Charge {
  const [first = "", ...below] = stepPath.split("/");
  const paths = below.map((_, index) => `${run}#${[first, ...below.slice(0, index + 1)].join("/")}`);
  if (paths.length === 0) return charge;
  const accounts = [...new Set([...charge.accounts, ...paths])];
  const nearest = charge.budgets.at(-1);
  if (budgetShare === undefined || nearest === undefined) return { ...charge, accounts };
  const { usd, tokens } = nearest;
  const share: AccountBudget = {
    ...nearest,
    name: `the share of ${agentName} in ${nearest.name}`,
    account: `${run}#${stepPath}`,
    isStep: true,
    ...(usd === undefined ? {} : { usd: usd * budgetShare }),
    ...(tokens === undefined ? {} : { tokens: Math.floor(tokens * budgetShare) }),
  };
  return { ...charge, accounts, budgets: [...charge.budgets, share] };
}
