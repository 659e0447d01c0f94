import { httpParser } from "./http.ts";
import { mcpParser } from "./mcp.ts";
import { openapiParser } from "./openapi.ts";
import { scriptParser } from "./script.ts";
import type { ToolKindParser } from "./tool-kind-parser.ts";

/** Every kind of tool that a file may name. */
export const toolKindParsers: readonly ToolKindParser[] = [mcpParser, openapiParser, httpParser, scriptParser];
/** Kinds of tools. */
export const TOOL_KINDS: readonly string[] = toolKindParsers.map(({ kind }) => kind);
/** Kinds that people expect, and what to do until they are there. */
export const LATER: Readonly<Record<string, string>> = {
  module: "use a script tool, or an MCP server, for now",
};
