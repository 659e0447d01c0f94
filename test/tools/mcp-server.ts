// A real MCP server that does what servers do on a bad day. First argument: how it starts.
import { spawn } from "node:child_process";
import { appendFileSync, closeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { McpServer } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const [, , mode = "good"] = process.argv;
appendFileSync("mcp-starts", `${process.pid}\n`);
if (mode === "dies") {
  console.error("no licence found");
  process.exit(3);
}
if (mode === "mute") await sleep(60_000);
if (mode === "chatty") console.log("Welcome to the server!\n{not json}\n");
process.stderr.write("x".repeat(200_000));

const text = (value: unknown) => ({
  content: [{ type: "text" as const, text: typeof value === "string" ? value : JSON.stringify(value) }],
});
const server = new McpServer({ name: "test", version: "1.0.0" });
const empty = z.object({});

server.registerTool("echo", { description: "Gives back", inputSchema: z.object({ value: z.string() }) }, ({ value }) =>
  text({ value, pid: process.pid }),
);
server.registerTool("meta", { description: "Its _meta", inputSchema: empty }, (_, context) =>
  text((context as unknown as { mcpReq: { _meta: unknown } }).mcpReq._meta),
);
server.registerTool("fail", { description: "Says no", inputSchema: empty }, () => ({
  ...text("no such mail"),
  isError: true,
}));
server.registerTool("throw", { description: "Throws", inputSchema: empty }, () => {
  throw new Error("inner trouble");
});
server.registerTool("env", { description: "Its environment", inputSchema: empty }, () => text(process.env));
server.registerTool("deluge", { description: "Prints far too much", inputSchema: empty }, () =>
  text("d".repeat(50_000_000)),
);
server.registerTool("garble", { description: "Prints a byte that UTF-8 does not have", inputSchema: empty }, () => {
  process.stdout.write(
    Buffer.from('{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"g\u00ff"}]}}\n', "latin1"),
  );
  return new Promise<never>(() => undefined);
});
server.registerTool("flood", { description: "Prints a lot", inputSchema: empty }, () => text("f".repeat(2_000_000)));
server.registerTool("crash", { description: "Dies", inputSchema: empty }, () => process.exit(9));
server.registerTool("hang", { description: "Never answers, and starts a helper", inputSchema: empty }, async () => {
  const child = spawn("sleep", ["300"], { stdio: "ignore" });
  appendFileSync("mcp-helpers", `${child.pid}\n`);
  await sleep(300_000);
  return text("never");
});
server.registerTool("mum", { description: "Says no more, but stays", inputSchema: empty }, () => {
  closeSync(1);
  setInterval(() => undefined, 1000);
  return new Promise<never>(() => undefined);
});
await server.connect(new StdioServerTransport());
