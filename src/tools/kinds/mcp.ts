import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { parseJson } from "../../schema/check-schema.ts";
import { type McpServer, useMcpServer } from "../mcp-pool.ts";
import type { ToolAnswer, ToolContext, ToolKind } from "../tool-kind.ts";

/** No answer counts as long as the step's own timeout, which ends the request by its signal. */
const NO_TIMEOUT_MS = 24 * 60 * 60 * 1000;

/** Where in `_meta` of a call its idempotency key is. */
const KEY_META = "aiworkflow/idempotency-key";

/** A Model Context Protocol server over stdio, one process per worker and configuration. */
export const mcpKind: ToolKind = {
  kind: "mcp",
  async describe(context) {
    const server = await useMcpServer(context);
    const { tools } = await guarded(server, context, () =>
      server.client.listTools(undefined, { signal: context.signal }),
    );
    return tools.map((tool) => ({
      tool: context.name,
      operation: tool.name,
      description: tool.description ?? "",
      parameters: tool.inputSchema as unknown as JsonObject,
    }));
  },
  async call(context, operation, args) {
    const server = await useMcpServer(context);
    const result = await guarded(server, context, () =>
      server.client.callTool(
        { name: operation, arguments: args, ...metaOf(context) },
        { signal: context.signal, timeout: NO_TIMEOUT_MS },
      ),
    );
    return readAnswer(result as unknown as JsonObject);
  },
};

/** Names the call to the server, so that it can tell a repetition from a new call. */
function metaOf({ key }: ToolContext): { readonly _meta?: { readonly [name: string]: string } } {
  return key === undefined ? {} : { _meta: { [KEY_META]: key } };
}

/** Structured content if there is some, else the text (as JSON where it is JSON), else the list of contents. */
function readAnswer(result: JsonObject): ToolAnswer {
  const isError = result["isError"] === true;
  if (isJsonObject(result["structuredContent"])) return { value: result["structuredContent"], isError };
  const content = Array.isArray(result["content"]) ? (result["content"] as readonly JsonValue[]) : [];
  const values = content.map((part): JsonValue => {
    if (!isJsonObject(part) || part["type"] !== "text" || typeof part["text"] !== "string") return part;
    return parseJson(part["text"]) ?? part["text"];
  });
  return { value: values.length === 1 ? (values[0] as JsonValue) : values, isError };
}

async function guarded<T>(server: McpServer, { signal, key }: ToolContext, work: () => Promise<T>): Promise<T> {
  server.calls += 1;
  const forget = key === undefined ? () => undefined : server.noteCall(key);
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) {
      // Whether it heeds the cancel or hangs, nothing of it outlives the attempt; other calls are let finish.
      server.retire();
      throw signal.reason;
    }
    if (server.flooded) {
      throw new StepFailure("tool/output-too-large", `the MCP server ${server.name} answered with more than 10 MB`);
    }
    if (server.closed) {
      throw new StepFailure("tool/died", `the MCP server ${server.name} ended during the call${server.stderrTail()}`, {
        retryable: true,
        outcomeUnknown: true,
      });
    }
    const message = error instanceof Error ? error.message : String(error);
    throw new StepFailure("tool/refused", `the MCP server ${server.name} refused the call: ${message}`);
  } finally {
    server.calls -= 1;
    forget();
    server.endIfDone();
  }
}
