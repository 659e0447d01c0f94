import type { CommandSpec } from "./command.ts";

/** `tools …`. */
export const toolCommands: readonly CommandSpec[] = [
  {
    usage: "tools list",
    summary: "the tools of this project and their operations",
    load: () => import("./commands/tools-list.ts"),
  },
  {
    usage: "tools show <name>",
    summary: "one tool: its operations, their schemas and effects, its state",
    example: "tools show mail",
    load: () => import("./commands/tools-show.ts"),
  },
  {
    usage: "tools call <tool.operation>",
    summary: "make one real call of a tool outside of a run",
    options: [
      { flags: "-i, --input <name=value>", summary: "an argument", repeated: true },
      { flags: "--arguments <json>", summary: "all arguments as one JSON object" },
    ],
    example: "tools call notes.find -i topic=sagas",
    load: () => import("./commands/tools-call.ts"),
  },
  {
    usage: "tools discover",
    summary: "what in this project could be a tool: files, and MCP servers of other programs",
    load: () => import("./commands/tools-discover.ts"),
  },
];
