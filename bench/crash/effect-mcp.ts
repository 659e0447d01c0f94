// An MCP server whose one tool acts on the ledger with the key that comes in `_meta`.
import { setTimeout as sleep } from "node:timers/promises";
import { McpServer } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const HALF_MS = 60;
const server = new McpServer({ name: "effect", version: "1.0.0" });
let calls = 0;

server.registerTool(
  "apply",
  { description: "Acts once per key", inputSchema: z.object({ name: z.string() }) },
  async ({ name }, context) => {
    const meta = (context as unknown as { mcpReq?: { _meta?: Record<string, unknown> } }).mcpReq?._meta;
    const told = meta?.["aiworkflow/idempotency-key"];
    const key = typeof told === "string" ? told : "none";
    calls += 1;
    const by = `${process.pid}.${calls}`;
    const tell = (what: string) =>
      fetch(process.env["LEDGER"] as string, {
        method: "POST",
        body: JSON.stringify({ tag: key.split(/[./]/, 1)[0], step: name, what, key, by, worker: process.ppid }),
      });
    await tell("begin");
    await sleep(HALF_MS);
    await tell("effect");
    await sleep(HALF_MS);
    await tell("end");
    return { content: [{ type: "text", text: "done" }] };
  },
);
await server.connect(new StdioServerTransport());
