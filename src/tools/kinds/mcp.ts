import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { parseJson } from "../../schema/check-schema.ts";
import { httpFailure } from "../mcp-failure.ts";
import { type McpServer, useMcpServer } from "../mcp-pool.ts";
import type { ToolAnswer, ToolContext, ToolDefinition, ToolKind } from "../tool-kind.ts";

/** No answer counts as long as the step's own timeout, which ends the request by its signal. */
const NO_TIMEOUT_MS = 24 * 60 * 60 * 1000;

/** How long what a server said of its operations is taken for what it says; and where a run pins it, so that parallel steps ask once. */
const LISTED_MS = 60_000;
const FIRST_LISTED_MS = 1000;

/** Answers that end their server: nobody knows how far it was. */
const FAULTS = {
  flood: ["tool/output-too-large", "more than 10 MB"],
  garbled: ["tool/not-utf8", "bytes that are not UTF-8 text"],
} as const;

/** Where in `_meta` of a call its idempotency key is. */
const KEY_META = "aiworkflow/idempotency-key";

/** A Model Context Protocol server: a process of this worker, or an address; one connection per worker and configuration. */
export const mcpKind: ToolKind = {
  kind: "mcp",
  describe: (context) => withServer(context, (server) => list(server, context)),
  async call(context, operation, args) {
    const request = { name: operation, arguments: args, ...metaOf(context) };
    const options = { signal: context.signal, timeout: NO_TIMEOUT_MS };
    const result = await withServer(context, async (server) => {
      // Of this very connection: another one may be to a server that says something else.
      context.hold?.check(await recall(server, context));
      return server.client.callTool(request, options);
    });
    return readAnswer(result as unknown as JsonObject);
  },
};

/** What the server said of its operations, where that is not too long ago. */
async function recall(server: McpServer, context: ToolContext): Promise<readonly ToolDefinition[]> {
  const { listed } = server;
  const oldestMs = Date.now() - (context.hold?.isFirst === true ? FIRST_LISTED_MS : LISTED_MS);
  return listed === undefined || listed.atMs < oldestMs ? list(server, context) : listed.definitions;
}

async function list(server: McpServer, { name, signal }: ToolContext): Promise<readonly ToolDefinition[]> {
  const { tools } = await server.client.listTools(undefined, { signal, cacheMode: "refresh" });
  const definitions = tools.map((tool) => ({
    tool: name,
    operation: tool.name,
    description: tool.description ?? "",
    parameters: tool.inputSchema as unknown as JsonObject,
  }));
  server.listed = { definitions, atMs: Date.now() };
  return definitions;
}

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

/** Asks the server; one that has not even heard the request, such as one that was started anew, is connected to once more. */
async function withServer<T>(context: ToolContext, ask: (server: McpServer) => Promise<T>): Promise<T> {
  const server = await useMcpServer(context);
  try {
    return await guarded(server, context, ask);
  } catch (error) {
    if (!(error instanceof StepFailure && error.code === "tool/unreachable")) throw error;
  }
  return guarded(await useMcpServer(context), context, ask);
}

/** What cannot be noted is not asked: nobody could end it where it outlives its worker. */
function noteCall(server: McpServer, key: string): () => void {
  try {
    return server.noteCall(key);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `the MCP server ${server.name} was not asked, because its call cannot be noted: ${why}`;
    throw new StepFailure("tool/unreachable", message, { retryable: true });
  }
}

async function guarded<T>(
  server: McpServer,
  { signal, key, mask }: ToolContext,
  ask: (server: McpServer) => Promise<T>,
): Promise<T> {
  server.calls += 1;
  let forget = () => undefined as void;
  try {
    if (key !== undefined) forget = noteCall(server, key);
    return await ask(server);
  } catch (error) {
    if (signal.aborted) {
      // Whether it heeds the cancel or hangs, nothing of it outlives the attempt; other calls are let finish.
      server.retire();
      throw signal.reason;
    }
    if (error instanceof StepFailure) throw error;
    if (server.fault !== undefined) {
      const [code, what] = FAULTS[server.fault];
      throw new StepFailure(code, `the MCP server ${server.name} answered with ${what}`, { outcomeUnknown: true });
    }
    if (server.closed) {
      throw new StepFailure("tool/died", `the MCP server ${server.name} ended during the call${server.stderrTail()}`, {
        retryable: true,
        outcomeUnknown: true,
      });
    }
    const failure = httpFailure(server.name, error, mask);
    if (failure?.code === "tool/unreachable" || failure?.code === "tool/died") server.retire();
    const message = error instanceof Error ? error.message : String(error);
    throw failure ?? new StepFailure("tool/refused", `the MCP server ${server.name} refused the call: ${message}`);
  } finally {
    server.calls -= 1;
    forget();
    server.endIfDone();
  }
}
