import { SUB_AGENT_TOOL } from "../../plan/agent-loop.ts";
import type { AgentCall } from "../../plan/activity.ts";
import type { ToolDefinition } from "../../tools/tool-kind.ts";

/** The agents that an agent may ask, as it sees them: tools that take a task. */
export function subAgentTools({ subAgents = {} }: AgentCall): readonly ToolDefinition[] {
  return Object.entries(subAgents).map(([operation, description]) => ({
    tool: SUB_AGENT_TOOL,
    operation,
    description,
    parameters: {
      type: "object",
      properties: {
        task: { type: "string", description: "What it is to do, with all that it must know: it sees nothing else." },
      },
      required: ["task"],
      additionalProperties: false,
    },
  }));
}
