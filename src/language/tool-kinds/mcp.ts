import type { ToolKindParser } from "./tool-kind-parser.ts";

/** An MCP server: a program that speaks over its standard input and output. */
export const mcpParser: ToolKindParser = {
  kind: "mcp",
  keys: ["command", "args"],
  parse(reader) {
    if (!reader.has("command"))
      reader.complain("kind", { code: "config/bad-value", message: "an MCP server needs a command" });
    const command = reader.text("command");
    const args = reader.names("args");
    return { ...(command === undefined ? {} : { command }), ...(args === undefined ? {} : { args }) };
  },
};
