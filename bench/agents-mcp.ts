// An MCP server with one tool that costs nothing.
import { McpServer } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const server = new McpServer({ name: "bench", version: "1.0.0" });
const input = { description: "Adds one", inputSchema: z.object({ n: z.number() }) };
server.registerTool("add", input, ({ n }) => ({ content: [{ type: "text", text: String(n + 1) }] }));
await server.connect(new StdioServerTransport());
