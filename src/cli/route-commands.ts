import type { CommandSpec, OptionSpec } from "./command.ts";

/** Takes the place of the default agent. */
export const agentOption: OptionSpec = {
  flags: "-a, --agent <name>",
  summary: "use this agent where a step names none",
};

/** Commands about choosing agents. */
export const routeCommands: readonly CommandSpec[] = [
  {
    usage: "agent reset <name>",
    summary: "close the breaker of an agent whose API is back",
    load: () => import("./commands/agent-reset.ts"),
  },
  {
    usage: "route explain <file>",
    summary: "which agent each step would get now, and why",
    options: [{ flags: "--strategy <name>", summary: "as if every step chose by this strategy" }, agentOption],
    example: "route explain triage.md --strategy lowest_cost",
    load: () => import("./commands/route-explain.ts"),
  },
  {
    usage: "route stats",
    summary: "how often which agent was chosen, by decision",
    options: [{ flags: "--workflow <name>", summary: "of this workflow" }],
    load: () => import("./commands/route-stats.ts"),
  },
];
