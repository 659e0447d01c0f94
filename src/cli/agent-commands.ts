import type { CommandSpec } from "./command.ts";

/** `agent …`. */
export const agentCommands: readonly CommandSpec[] = [
  { usage: "agent list", summary: "the agents of this project", load: () => import("./commands/agent-list.ts") },
  {
    usage: "agent info <name>",
    summary: "one agent and what it can do",
    load: () => import("./commands/agent-info.ts"),
  },
  {
    usage: "agent test <name>",
    summary: "make one real call: does it answer, how fast, what does it cost",
    options: [
      { flags: "--prompt <text>", summary: "what to ask" },
      { flags: "--timeout <duration>", summary: "wait so long; default: 1m" },
    ],
    example: 'agent test claude --prompt "Say hello"',
    load: () => import("./commands/agent-test.ts"),
  },
  {
    usage: "agent health [name]",
    summary: "check agents without a model call, and say how they were",
    options: [{ flags: "--no-check", summary: "only say how they were when somebody last called them" }],
    load: () => import("./commands/agent-health.ts"),
  },
];
