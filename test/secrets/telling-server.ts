// A real MCP server that tells its token in every way it can.
import { McpServer } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const token = process.env["TOKEN"] ?? "";
const [, , mode] = process.argv;
if (mode === "dies") {
  process.stderr.write(`${"x".repeat(900)}${token}${"z".repeat(485)}`);
  process.exit(3);
}
const server = new McpServer({ name: "telling", version: "1" });
const empty = z.object({});
const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });

server.registerTool("says", { description: `Says ${token}`, inputSchema: empty }, () =>
  text(JSON.stringify({ [token]: [token, Buffer.from(`x:${token}`).toString("base64")] })),
);
server.registerTool("fails", { description: "Fails", inputSchema: empty }, () => ({
  ...text(`no such ${token}`),
  isError: true,
}));
server.registerTool("dies", { description: "Dies", inputSchema: empty }, () => {
  process.stderr.write(`${token}${"z".repeat(485)}`, () => process.exit(9));
  return new Promise<never>(() => undefined);
});
server.registerTool(
  "repeats",
  { description: "Gives back", inputSchema: z.object({ value: z.string() }) },
  ({ value }) => text(`${value} ${token}`),
);
await server.connect(new StdioServerTransport());
