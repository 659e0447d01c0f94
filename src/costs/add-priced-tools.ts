import { grantsOf, toolOf } from "../plan/agent-loop.ts";
import { splitOperation } from "../plan/operation-name.ts";
import type { Plan } from "../plan/plan.ts";
import type { AgentStep } from "../plan/step.ts";
import type { OneStep } from "./estimate-agent-step.ts";

/** Adds what the calls of tools that an agent may make can cost; nothing where none of its tools has a price. */
export function addPricedTools(once: OneStep, plan: Pick<Plan, "tools">, step: AgentStep): OneStep {
  const prices = grantsOf(step).flatMap((grant) => {
    const { tool, operation: granted } = splitOperation(grant);
    const operations = toolOf(plan, step, tool)?.operations ?? {};
    return Object.entries(operations).flatMap(([operation, { usd }]) =>
      usd === undefined || (granted !== "*" && granted !== operation) ? [] : [usd],
    );
  });
  if (prices.length === 0) return once;
  const dearest = Math.max(...prices);
  // What is known of all items together says nothing of the calls that each may make.
  const calls = once.isWhole ? undefined : step.maxCalls;
  const most = calls === undefined ? Infinity : calls * dearest;
  const often = calls === undefined ? "nobody knows how often" : `at most ${calls} times`;
  return {
    ...once,
    cost: once.cost && { least: once.cost.least, most: once.cost.most + most },
    why: [...once.why, `tools of up to $${dearest} a call, ${often}`],
  };
}
