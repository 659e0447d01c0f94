import { join } from "node:path";
import { isJsonObject, type JsonObject, type JsonValue } from "../plan/json.ts";
import { readBytes } from "./read-config.ts";

/** Where other programs keep their MCP servers, and under which key. */
const CONFIG_FILES: readonly (readonly [file: string, key: string])[] = [
  [".mcp.json", "mcpServers"],
  ["mcp.json", "mcpServers"],
  [".cursor/mcp.json", "mcpServers"],
  [".vscode/mcp.json", "servers"],
  [".gemini/settings.json", "mcpServers"],
  ["claude_desktop_config.json", "mcpServers"],
  ["opencode.json", "mcp"],
];
const SECRET_NAME = /key|token|secret|password|authorization/i;

/** A server that another program of this project knows. */
export interface DiscoveredTool {
  readonly name: string;
  /** The file that names it. */
  readonly from: string;
  /** What stands in registry.yaml for it. */
  readonly entry: JsonObject;
  /** Where secrets stood that no reference can stand for: query parameters of its address, and flags of its program. */
  readonly leftOut: readonly string[];
}

type Entry = Pick<DiscoveredTool, "entry" | "leftOut">;

const LEFT_OUT = "LEFT_OUT";

/** Servers that other programs' files in the project name, and the files that cannot be read. No secret is copied. */
export function discoverTools(dir: string): {
  readonly found: readonly DiscoveredTool[];
  readonly unreadable: readonly string[];
} {
  const found = new Map<string, DiscoveredTool>();
  const unreadable: string[] = [];
  for (const [from, key] of CONFIG_FILES) {
    const bytes = readBytes(join(dir, from));
    if (bytes === undefined) continue;
    const config = parse(Buffer.from(bytes).toString("utf8"));
    if (!isJsonObject(config)) unreadable.push(from);
    const servers = isJsonObject(config) && isJsonObject(config[key]) ? config[key] : {};
    for (const [name, server] of Object.entries(servers)) {
      const known = isJsonObject(server) ? entryOf(server) : undefined;
      const safe = name.replaceAll(/[^A-Za-z0-9_-]/g, "_").replace(/^(?![A-Za-z])/, "mcp_");
      if (known !== undefined && !found.has(safe)) found.set(safe, { name: safe, from, ...known });
    }
  }
  return { found: [...found.values()], unreadable };
}

function entryOf(server: JsonObject): Entry | undefined {
  const env = textsOf(server["env"] ?? server["environment"]);
  if (typeof server["url"] === "string") {
    const { url, leftOut } = withoutSecrets(server["url"]);
    return { entry: { kind: "mcp", url, ...named("headers", textsOf(server["headers"])) }, leftOut };
  }
  const words = Array.isArray(server["command"])
    ? server["command"]
    : [server["command"], ...(Array.isArray(server["args"]) ? server["args"] : [])];
  const [command, ...given] = words;
  if (typeof command !== "string") return undefined;
  const leftOut: string[] = [];
  const args = given.map((word, index) => {
    const [flag = "", ...rest] = String(word).split("=");
    if (isSecretFlag(flag) && rest.length > 0) return (leftOut.push(flag), `${flag}=${LEFT_OUT}`);
    const before = String(given[index - 1] ?? "");
    return isSecretFlag(before) && !flag.startsWith("-") ? (leftOut.push(before), LEFT_OUT) : word;
  });
  return { entry: { kind: "mcp", command, ...(args.length === 0 ? {} : { args }), ...named("env", env) }, leftOut };
}

function isSecretFlag(word: string): boolean {
  return word.startsWith("-") && SECRET_NAME.test(word);
}

function withoutSecrets(address: string): { readonly url: string; readonly leftOut: readonly string[] } {
  if (!URL.canParse(address)) return { url: address, leftOut: [] };
  const url = new URL(address);
  const leftOut = [...url.searchParams.keys()].filter((name) => SECRET_NAME.test(name));
  for (const name of leftOut) url.searchParams.set(name, LEFT_OUT);
  if (url.password !== "") {
    [url.username, url.password] = ["", ""];
    leftOut.push("password");
  }
  return { url: leftOut.length === 0 ? address : url.href, leftOut };
}

function named(key: string, texts: JsonObject): JsonObject {
  return Object.keys(texts).length === 0 ? {} : { [key]: texts };
}

/** References stay references, and what looks like a secret becomes one. */
function textsOf(value: JsonValue | undefined): JsonObject {
  const entries = Object.entries(isJsonObject(value) ? value : {}).map(([name, text]) => {
    const plain = typeof text === "string" ? text : JSON.stringify(text);
    const referred = plain.replaceAll(/\$\{(?:env:|input:)?([A-Za-z_]\w*)[^}]*\}/g, "${{ secrets.$1 }}");
    if (referred !== plain || !SECRET_NAME.test(name)) return [name, referred];
    const secret = `\${{ secrets.${name.replaceAll(/\W/g, "_").toUpperCase()} }}`;
    return [name, plain.startsWith("Bearer ") ? `Bearer ${secret}` : secret];
  });
  return Object.fromEntries(entries) as JsonObject;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
