import type { AgentStep } from "../../plan/step.ts";
import { failOver } from "../agents/fail-over.ts";
import { runAgent } from "../agents/run-agent.ts";
import type { StepKind } from "../invocation.ts";

/** Work for an agent, or for the best of several. */
export const agentStep: StepKind<AgentStep> = {
  run: (invocation) => {
    const { agent, route } = invocation.step;
    return route === undefined ? runAgent(invocation, { agent, prefix: "" }) : failOver(invocation, route);
  },
};
