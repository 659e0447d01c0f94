import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createMcpHandler, Server } from "@modelcontextprotocol/server";
import type { JsonObject } from "../../plan/json.ts";
import type { OfferedTool, OwnCalls } from "../provider.ts";
import { shortenName } from "../wire-name.ts";
import { toContent } from "./to-content.ts";

/** The tools of a step as a server of the Model Context Protocol, on this machine, for one attempt. */
export interface ServedTools {
  readonly url: string;
  /** Whoever does not say it is not let in. */
  readonly token: string;
  /** Waits for the calls under way, and serves no more. Throws what kept a call from being made. */
  close(): Promise<void>;
}

/** Programs put the server's name before it, and APIs take 64 characters. */
const MAX_NAME_LENGTH = 50;
/** Arguments of one call. */
const MAX_REQUEST_BYTES = 10 * 1024 * 1024;

/**
 * Serves tools to a program over streamable HTTP. A call that the step cannot go on after is told to `onFailure`, and to the
 * program in a few words.
 */
export async function serveTools(
  tools: readonly OfferedTool[],
  calls: OwnCalls,
  onFailure: (failure: unknown) => void,
): Promise<ServedTools> {
  const token = randomBytes(32).toString("base64url");
  const served = new Map(tools.map((tool) => [shortenName(tool.name, MAX_NAME_LENGTH), tool]));
  const underWay = new Set<Promise<unknown>>();
  const failures: unknown[] = [];

  const answerCall = async (name: string, args: JsonObject) => {
    const outcome = calls.make(served.get(name)?.name ?? name, args).catch((error: unknown) => {
      failures.push(error);
      onFailure(error);
      return { content: "the call could not be made, and the work ends here", isError: true };
    });
    underWay.add(outcome);
    const { content, isError } = await outcome.finally(() => underWay.delete(outcome));
    return { content: toContent(content), isError };
  };
  const handler = createMcpHandler(
    () => {
      const server = new Server({ name: "aiworkflow", version: "1" }, { capabilities: { tools: {} } });
      server.setRequestHandler("tools/list", () => ({
        tools: [...served].map(([name, { description, parameters }]) => ({
          name,
          description,
          inputSchema: { ...parameters, type: "object" as const },
        })),
      }));
      server.setRequestHandler("tools/call", ({ params }) =>
        answerCall(params.name, (params.arguments ?? {}) as JsonObject),
      );
      return server;
    },
    // A stream shows from its first moment on that somebody works, however long a call takes.
    { responseMode: "sse", maxRequestBodySize: MAX_REQUEST_BYTES },
  );

  let isClosed = false;
  const http = createServer((request, response) => {
    if (isClosed) return void response.writeHead(503).end();
    if (!isToken(request.headers.authorization, token)) return void response.writeHead(401).end();
    answer(request, response, handler.fetch).catch(() => response.destroy());
  });
  // Clients use their connections again, and a call must not meet one that is about to be closed.
  http.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject);
    http.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    token,
    async close() {
      isClosed = true;
      http.close();
      await Promise.all(underWay);
      await handler.close();
      http.closeAllConnections();
      if (failures.length > 0) throw failures[0];
    },
  };
}

function isToken(authorization: string | undefined, token: string): boolean {
  const given = Buffer.from(authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.byteLength === wanted.byteLength && timingSafeEqual(given, wanted);
}

/** Gives a request of Node's server to a handler that speaks as browsers do. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (request: Request) => Promise<Response>,
): Promise<void> {
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  const hasBody = request.method === "POST";
  const answered = await handle(
    new Request(`http://127.0.0.1${request.url ?? "/"}`, {
      method: request.method ?? "GET",
      headers,
      ...(hasBody ? { body: Readable.toWeb(request) as ReadableStream<Uint8Array>, duplex: "half" } : {}),
    }),
  );
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  response.flushHeaders();
  if (answered.body === null) response.end();
  else await pipeline(Readable.fromWeb(answered.body as never), response);
}
