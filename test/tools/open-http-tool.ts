// A tool over HTTP as a project's files declare it, and a local server that keeps what it was sent to the byte.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadProject } from "../../src/bundle/load-project.ts";
import { resolveTemplate } from "../../src/expressions/resolve-template.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import type { ToolAnswer, ToolContext, ToolDefinition } from "../../src/tools/tool-kind.ts";
import { loadToolKind } from "../../src/tools/tool-kinds.ts";

/** One request as it came in. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** A local server; `respond` says what it does, once the body is there. */
export interface Recorder {
  readonly port: number;
  readonly url: string;
  readonly requests: ReceivedRequest[];
  respond(handler: (request: ReceivedRequest, response: ServerResponse) => void): void;
  close(): Promise<void>;
}

/** Starts a server on a free port of `host`. */
export async function startRecorder(host = "127.0.0.1"): Promise<Recorder> {
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  const usual = (_: ReceivedRequest, response: ServerResponse) =>
    void response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}');
  let handle: (request: ReceivedRequest, response: ServerResponse) => void = usual;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { method = "", url = "", headers } = incoming;
      const received = { method, url, headers, body: Buffer.concat(chunks) };
      requests.push(received);
      handle(received, response);
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    requests,
    respond(handler) {
      handle = handler;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Tools of a registry, called without a workflow around them. */
export interface OpenedTools {
  describe(tool: string): Promise<readonly ToolDefinition[]>;
  call(name: string, args: JsonObject, signal?: AbortSignal): Promise<ToolAnswer>;
}

/** Compiles a project's files; `secrets` are those of the worker. Throws where there is an error. */
export function openTools(
  files: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>> = {},
): OpenedTools {
  const dir = mkdtempSync(join(tmpdir(), "aiworkflow-http-"));
  try {
    writeFileSync(join(dir, "aiworkflow.yaml"), "");
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
    const project = loadProject(dir, {});
    const errors = project.diagnostics.filter(({ severity }) => severity === "error");
    if (errors.length > 0) throw new Error(JSON.stringify(errors, undefined, 2));
    const contextOf = (name: string, signal: AbortSignal): ToolContext => {
      const spec = project.tools[name];
      if (spec === undefined) throw new Error(`no tool ${name}`);
      return {
        name,
        spec,
        given: {},
        ownEnv: {},
        projectDir: dir,
        stateDir: dir,
        signal,
        key: "run-1/step",
        mask: (text) => text,
        readFile: async (sha256) => project.files.get(sha256) as Uint8Array,
        resolve: (template) =>
          resolveTemplate(template, {
            load: () => Promise.reject(new Error("nothing is stored")),
            secret: (secret) => secrets[secret] ?? `no ${secret}`,
          }),
      };
    };
    return {
      async describe(name) {
        const context = contextOf(name, new AbortController().signal);
        return (await loadToolKind(context.spec.kind)).describe(context);
      },
      async call(name, args, signal = new AbortController().signal) {
        const [tool = "", ...operation] = name.split(".");
        const context = contextOf(tool, signal);
        return (await loadToolKind(context.spec.kind)).call(context, operation.join("."), args);
      },
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
}
