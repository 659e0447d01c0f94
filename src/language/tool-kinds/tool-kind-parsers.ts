import { mcpParser } from "./mcp.ts";
import { moduleParser } from "./module.ts";
import { scriptParser } from "./script.ts";
import type { ToolKindParser } from "./tool-kind-parser.ts";

/** Every kind of tool that a file may name; the first is the first choice where a tool can be reached in several ways. */
export const toolKindParsers: readonly ToolKindParser[] = [mcpParser, moduleParser, scriptParser];
/** Kinds of tools. */
export const TOOL_KINDS: readonly string[] = toolKindParsers.map(({ kind }) => kind);
/** Kinds that people expect, and what to do until they are there. */
export const LATER: Readonly<Record<string, string>> = {
  openapi: "call the API from a script tool, or through an MCP server, for now",
  http: "call the address from a script tool for now",
};
