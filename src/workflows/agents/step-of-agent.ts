import { SUB_AGENT_TOOL } from "../../plan/agent-loop.ts";
import type { AgentStep } from "../../plan/step.ts";

/** The step as one of the agents that it may have knows it, or why that one cannot do it. */
export function stepOfAgent(step: AgentStep, agent: string): { readonly step: AgentStep } | { readonly unfit: string } {
  const other = step.others?.[agent];
  const candidate = step.route?.candidates.find((one) => one.agent === agent);
  if (other === undefined) return { step: candidate === undefined ? step : withWays(step, candidate.toolSpecs) };
  const needed = step.tools.map((grant) => grant.split(".", 1)[0] as string);
  if (Object.keys(step.agents ?? {}).length > 0) needed.push(SUB_AGENT_TOOL);
  const unfit = needed.flatMap((tool) => other.unfit?.[tool] ?? [])[0];
  return unfit === undefined ? { step: withWays(step, other.toolSpecs) } : { unfit };
}

/** Each agent may reach the tools in another way. */
function withWays(step: AgentStep, toolSpecs: AgentStep["toolSpecs"]): AgentStep {
  const { toolSpecs: _, ...plain } = step;
  return toolSpecs === undefined ? plain : { ...plain, toolSpecs };
}
