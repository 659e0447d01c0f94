import { httpParser } from "./http.ts";
import { mcpParser } from "./mcp.ts";
import { moduleParser } from "./module.ts";
import { openapiParser } from "./openapi.ts";
import { scriptParser } from "./script.ts";
import type { ToolKindParser } from "./tool-kind-parser.ts";

/** Every kind of tool that a file may name; the first is the first choice where a tool can be reached in several ways. */
export const toolKindParsers: readonly ToolKindParser[] = [
  mcpParser,
  openapiParser,
  httpParser,
  moduleParser,
  scriptParser,
];
/** Kinds of tools. */
export const TOOL_KINDS: readonly string[] = toolKindParsers.map(({ kind }) => kind);
