// A real HTTP server that speaks as much of the Model Context Protocol as a test needs, and misbehaves when it is told to.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** How it answers `tools/call`. */
export type Manner =
  | "json"
  | "held"
  | "stream"
  | "never"
  | "cut"
  | "cut after the head"
  | "end without answer"
  | "flood"
  | "flood in JSON"
  | "not UTF-8"
  | "not UTF-8 in a stream"
  | "refuse"
  | "error 503";

/** A server of one operation, `act`. */
export interface HttpMcp {
  readonly url: string;
  manner: Manner;
  description: string;
  schema: object;
  /** Sessions that are open. */
  readonly sessions: Set<string>;
  /** Calls that were answered with no more than the head of a stream. */
  readonly held: HeldCall[];
  /** Headers of every request, newest last. */
  readonly heard: IncomingMessage["headers"][];
  /** How many calls have arrived, and how often the list was asked for. */
  calls: number;
  lists: number;
  /** Forgets every session, as a server does that is started anew. */
  forget(): void;
  /** Takes no connections until `open` is called. */
  shut(): Promise<void>;
  open(): Promise<void>;
  close(): Promise<void>;
}

/** A call whose answer waits for the test. */
interface HeldCall {
  answer(): void;
  cut(): void;
  flood(): void;
}

interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params: { readonly arguments?: Record<string, unknown>; readonly protocolVersion?: string };
}

/** Starts one on a free port. */
export async function startHttpMcp(): Promise<HttpMcp> {
  let count = 0;
  let port = 0;
  const sockets = new Set<Socket>();
  const mcp: HttpMcp = {
    get url() {
      return `http://127.0.0.1:${port}/mcp`;
    },
    manner: "json",
    description: "Acts",
    schema: { type: "object", properties: { value: { type: "string" } } },
    sessions: new Set(),
    held: [],
    heard: [],
    calls: 0,
    lists: 0,
    forget: () => mcp.sessions.clear(),
    shut: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
    open: () => new Promise((resolve) => server.listen(port, "127.0.0.1", resolve)),
    close: () => (server.listening ? mcp.shut() : Promise.resolve()),
  };
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      mcp.heard.push(request.headers);
      const session = request.headers["mcp-session-id"] as string | undefined;
      if (request.method === "DELETE") {
        mcp.sessions.delete(session ?? "");
        return void response.writeHead(200).end();
      }
      if (request.method !== "POST") return void response.writeHead(405).end();
      const message = JSON.parse(body) as Message;
      if (message.method !== "initialize" && !mcp.sessions.has(session ?? ""))
        return void response.writeHead(404).end("no such session");
      if (message.id === undefined) return void response.writeHead(202).end();
      const result = (value: object, headers = {}) =>
        response
          .writeHead(200, { "content-type": "application/json", ...headers })
          .end(JSON.stringify({ jsonrpc: "2.0", id: message.id, result: value }));
      if (message.method === "initialize") {
        const id = `session-${++count}`;
        mcp.sessions.add(id);
        const { protocolVersion } = message.params;
        const about = { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "test", version: "1" } };
        return void result(about, { "mcp-session-id": id });
      }
      if (message.method === "tools/list") {
        mcp.lists += 1;
        const { description, schema } = mcp;
        return void result({ tools: [{ name: "act", description, inputSchema: schema }] });
      }
      mcp.calls += 1;
      answerCall(mcp, message, response);
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ({ port } = server.address() as AddressInfo);
  return mcp;
}

function answerCall(mcp: HttpMcp, { id, params }: Message, response: ServerResponse): void {
  const content = [{ type: "text", text: JSON.stringify({ got: params.arguments?.["value"] ?? null }) }];
  const answer = JSON.stringify({ jsonrpc: "2.0", id, result: { content } });
  const stream = () => response.writeHead(200, { "content-type": "text/event-stream" });
  switch (mcp.manner) {
    case "json":
      return void response.writeHead(200, { "content-type": "application/json" }).end(answer);
    case "stream":
      return void stream().end(`event: message\ndata: ${answer}\n\n`);
    case "held":
      stream().write(": hello\n\n");
      mcp.held.push({
        answer: () => void response.end(`event: message\ndata: ${answer}\n\n`),
        cut: () => void response.socket?.destroy(),
        flood: () => (response.write("data: "), pour(response)),
      });
      return;
    case "never":
      return;
    case "cut":
      return void response.socket?.destroy();
    case "cut after the head":
      return void stream().write(": hello\n\n", () => response.socket?.destroy());
    case "end without answer":
      return void stream().end(": bye\n\n");
    case "flood":
      stream().write("data: ");
      return pour(response);
    case "flood in JSON":
      response.writeHead(200, { "content-type": "application/json" }).write('{"jsonrpc":"2.0","id":');
      return pour(response);
    case "not UTF-8":
      return void response.writeHead(200, { "content-type": "application/json" }).end(garble(answer));
    case "not UTF-8 in a stream":
      return void stream().end(garble(`event: message\ndata: ${answer}\n\n`));
    case "refuse":
      return void response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32602, message: "not with me" } }));
    case "error 503":
      return void response.writeHead(503).end("come back later");
  }
}

/** The same text with a byte in it that UTF-8 does not have. */
function garble(text: string): Buffer {
  return Buffer.from(text.replace("got", "g\u00ff"), "latin1");
}

/** Sends without end, as fast as it is taken. */
function pour(response: ServerResponse): void {
  const chunk = "x".repeat(1_000_000);
  while (!response.destroyed && response.write(chunk));
  if (!response.destroyed) response.once("drain", () => pour(response));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
