import type { ToolKindParser } from "./tool-kind-parser.ts";
import { parseSecretTexts } from "./parse-secret-texts.ts";

/** Hosts to which plain HTTP goes: a server on this machine is configured by its owner. */
const THIS_MACHINE = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** An MCP server: a program that speaks over its standard input and output, or an address. */
export const mcpParser: ToolKindParser = {
  kind: "mcp",
  keys: ["command", "args", "url", "headers"],
  parse(reader) {
    if (reader.has("command") === reader.has("url"))
      reader.complain(reader.has("url") ? "url" : "kind", {
        code: "config/bad-value",
        message: reader.has("url") ? "an MCP server has a command or a url, not both" : "an MCP server needs a command",
        expected: "command: PROGRAM | url: https://…",
      });
    const command = reader.text("command");
    const args = reader.names("args");
    const url = reader.text("url");
    const headers = parseSecretTexts(reader, "headers");
    const fault = url === undefined ? undefined : faultOf(url);
    if (fault !== undefined) reader.complain("url", { code: "config/bad-value", message: `url: ${fault}` });
    if (url === undefined && headers !== undefined)
      reader.complain("headers", { code: "config/bad-value", message: "headers go to a `url`" });
    return {
      ...(command === undefined ? {} : { command }),
      ...(args === undefined ? {} : { args }),
      ...(url === undefined ? {} : { url }),
      ...(headers === undefined ? {} : { headers }),
      pinned: true,
    };
  },
};

function faultOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return `${text} is no address`;
  if (url.username !== "" || url.password !== "") return "a password in an address is seen by everybody; use `headers`";
  if (url.protocol === "https:") return undefined;
  if (url.protocol !== "http:") return `${url.protocol}// is no way to reach an MCP server`;
  return THIS_MACHINE.has(url.hostname) ? undefined : "plain http goes to this machine only; use https";
}
