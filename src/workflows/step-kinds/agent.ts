import type { AgentStep } from "../../plan/step.ts";
import { failOver } from "../agents/fail-over.ts";
import { runWithMoney } from "../agents/run-with-money.ts";
import type { StepKind } from "../invocation.ts";

/** Work for an agent, or for the best of several. */
export const agentStep: StepKind<AgentStep> = {
  run: (invocation) => {
    const { agent, route } = invocation.step;
    return route === undefined ? runWithMoney(invocation, { agent, prefix: "" }) : failOver(invocation, route);
  },
};
