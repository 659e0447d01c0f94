import type { AgentStep } from "../../plan/step.ts";
import { runAgent } from "../agents/run-agent.ts";
import type { StepKind } from "../invocation.ts";

/** Work for an agent. */
export const agentStep: StepKind<AgentStep> = {
  run: (invocation) => runAgent(invocation, { agent: invocation.step.agent, prefix: "" }),
};
