import type { AgentStep } from "../../plan/step.ts";
import { runWithMoney } from "../agents/run-with-money.ts";
import type { StepKind } from "../invocation.ts";

/** Work for an agent. */
export const agentStep: StepKind<AgentStep> = {
  run: (invocation) => runWithMoney(invocation, { agent: invocation.step.agent, prefix: "" }),
};
