import { grantedTools, SUB_AGENT_TOOL } from "../../plan/agent-loop.ts";
import type { AgentStep, OtherAgent, Step } from "../../plan/step.ts";
import { faultOfProgram } from "../compile/check-program.ts";
import { fitTools, type Surroundings } from "./fit-tools.ts";

/** A step, and those in it, with what it is to the agents that a budget or limit lets go on; the same step where there are none. */
export function withOtherAgents(step: Step, agents: readonly string[], around: Surroundings): Step {
  if (agents.length === 0) return step;
  const { undo } = step;
  const own = undo === undefined ? step : { ...step, undo: withOtherAgents(undo, agents, around) };
  if (own.kind === "group") return { ...own, steps: own.steps.map((one) => withOtherAgents(one, agents, around)) };
  if (own.kind !== "agent") return own;
  const others = agents.map((agent) => [agent, otherAgent(own, agent, around)] as const);
  return { ...own, others: Object.fromEntries(others) };
}

function otherAgent(step: AgentStep, agent: string, around: Surroundings): OtherAgent {
  const tools = grantedTools(step).filter((tool) => Object.hasOwn(around.toolEntries, tool));
  const { toolSpecs, misfits } = fitTools(tools, agent, around);
  const fault = faultOfProgram(around.agents[agent]?.kind ?? "", { asksAgents: true });
  const unfit = [
    ...misfits.map(({ tool, missing }) => [tool, `has no ${missing}`] as const),
    ...(fault === undefined ? [] : [[SUB_AGENT_TOOL, fault] as const]),
  ];
  const needed = step.agents === undefined ? unfit.filter(([tool]) => tool !== SUB_AGENT_TOOL) : unfit;
  return {
    ...(toolSpecs === undefined ? {} : { toolSpecs }),
    ...(needed.length === 0 ? {} : { unfit: Object.fromEntries(needed) }),
  };
}
