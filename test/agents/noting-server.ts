// A real MCP server that writes into a file, its first argument, who called what and with which variables.
import { appendFileSync } from "node:fs";
import { McpServer } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const [, , log = "notes.jsonl"] = process.argv;
const names = ["NOTES_TOKEN", "AIWORKFLOW_KEY", "ANTHROPIC_API_KEY", "CODEX_API_KEY", "OPENCODE_AGENT_KEY"];
const server = new McpServer({ name: "notes", version: "1.0.0" });
for (const tool of ["add", "wipe"]) {
  server.registerTool(
    tool,
    { description: `${tool} a note`, inputSchema: z.object({ text: z.string() }) },
    (args, { mcpReq }) => {
      const env = Object.fromEntries(names.map((name) => [name, process.env[name]]));
      appendFileSync(
        log,
        `${JSON.stringify({ tool, ...args, env, key: mcpReq._meta?.["aiworkflow/idempotency-key"] })}\n`,
      );
      return { content: [{ type: "text" as const, text: `${tool}: ${args.text}` }] };
    },
  );
}
await server.connect(new StdioServerTransport());
