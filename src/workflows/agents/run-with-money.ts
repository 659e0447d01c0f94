import type { AgentStep } from "../../plan/step.ts";
import { fail } from "../failure-info.ts";
import type { Invocation, Outcome } from "../invocation.ts";
import { note } from "../notices.ts";
import { SwitchAgent } from "./make-room.ts";
import { type AgentTry, runAgent } from "./run-agent.ts";

/** Lets an agent work until it answers; where there is no money for it, the cheaper one that the budget names begins in its place. */
export function runWithMoney(
  invocation: Invocation<AgentStep>,
  work: AgentTry,
  tried: readonly string[] = [],
): Promise<Outcome> {
  return runAgent(invocation, work).catch((error: unknown) => {
    if (!(error instanceof SwitchAgent)) throw error;
    const { message, switchTo: agent = "" } = error.refusal;
    const { run, path } = invocation;
    // A budget that a run has from above may name an agent that only the plan above it has.
    const why =
      run.plan.agents[agent] === undefined
        ? `${run.plan.name} has no agent ${agent} to go on`
        : tried.includes(agent)
          ? `there is no money for ${agent} either`
          : undefined;
    if (why !== undefined) throw fail("budget/exceeded", `${message}; ${why}`);
    note(run, `${path}: ${agent} goes on for ${work.agent}: ${message}`);
    return runWithMoney(invocation, { ...work, agent, prefix: `${work.prefix}${agent}-` }, [...tried, work.agent]);
  });
}
