import { Client } from "@modelcontextprotocol/client";
import { isCertificateFault } from "../plan/is-certificate-fault.ts";
import { StepFailure } from "../plan/step-failure.ts";
import { childEnvironment } from "../processes/child-environment.ts";
import { type CallNotes, openCallNotes } from "../processes/call-notes.ts";
import { programOf } from "../processes/program-of.ts";
import { joinTexts } from "./join-texts.ts";
import type { AnswerFault } from "./limit-body.ts";
import { createHttpTransport } from "./mcp-http-transport.ts";
import { createGroupTransport } from "./mcp-stdio-transport.ts";
import type { ToolContext, ToolDefinition } from "./tool-kind.ts";

/** A connection to an MCP server: to a process of this worker, or over HTTP. */
export interface McpServer {
  readonly name: string;
  readonly client: Client;
  readonly closed: boolean;
  /** The process was ended because of what it answered. */
  readonly fault: AnswerFault | undefined;
  /** The end of what it wrote to stderr, for messages. */
  stderrTail(): string;
  /** What it said of its operations last; undefined once it says that they have changed. */
  listed: { readonly definitions: readonly ToolDefinition[]; readonly atMs: number } | undefined;
  /** Calls under way. */
  calls: number;
  /** Notes that the server works for a call; returns the function that removes the note. */
  noteCall(key: string): () => void;
  /** No new call gets this server; it ends with its last call. */
  retire(): void;
  /** Ends it now if it is retired and nobody uses it. */
  endIfDone(): void;
  close(): Promise<void>;
}

/** Headers of the spec, resolved. */
type ServerContext = ToolContext & { readonly headers: Readonly<Record<string, string>> };

interface Pooled {
  readonly server: Promise<McpServer>;
  /** Calls that wait for the server to start. */
  waiting: number;
  hasStarted: boolean;
  /** Gives up a start that nobody waits for. Who comes now has another one. */
  giveUp(): void;
}

const START_TIMEOUT_MS = 20_000;
const TAIL_CHARACTERS = 500;
/** Kept, so that what is shown is cut from text whose secrets are masked. */
const KEPT_CHARACTERS = 8000;
const servers = new Map<string, Pooled>();
const retired = new Set<McpServer>();

/**
 * The server for this configuration: the one this worker has, else a new one. A start that nobody waits for any more is
 * given up. Throws `StepFailure` `tool/unreachable`, or the signal's reason.
 */
export async function useMcpServer(context: ToolContext): Promise<McpServer> {
  const { command, args, url } = context.spec;
  const headers = joinTexts(await context.resolve(context.spec.headers ?? {}));
  const key = JSON.stringify([context.name, command, args, url, context.given, headers, context.projectDir]);
  let pooled = servers.get(key);
  if (pooled === undefined) {
    const nobodyWaits = new AbortController();
    const forget = () => {
      if (servers.get(key) === created) servers.delete(key);
    };
    const created: Pooled = {
      server: startServer({ ...context, headers }, forget, nobodyWaits.signal),
      waiting: 0,
      hasStarted: false,
      giveUp() {
        forget();
        nobodyWaits.abort();
      },
    };
    pooled = created;
    servers.set(key, created);
    created.server.then(() => (created.hasStarted = true), forget);
  }
  const { server } = pooled;
  pooled.waiting += 1;
  try {
    return await untilAborted(server, context.signal);
  } finally {
    pooled.waiting -= 1;
    if (pooled.waiting === 0 && !pooled.hasStarted && context.signal.aborted) pooled.giveUp();
  }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Ends every server of this worker. */
export async function closeMcpServers(): Promise<void> {
  const all = [...[...servers.values()].map(({ server }) => server), ...retired];
  for (const pooled of servers.values()) pooled.giveUp();
  await Promise.allSettled(all.map(async (server) => (await server).close()));
}

async function startServer(context: ServerContext, forget: () => void, abandoned: AbortSignal): Promise<McpServer> {
  const { name, spec, stateDir } = context;
  let tail = "";
  let closed = false;
  let fault: AnswerFault | undefined;
  const transport = createTransport(context, {
    onStderr: (text) => (tail = (tail + text).slice(-KEPT_CHARACTERS)),
    onFault: (found) => (fault = found),
    onLost: () => void client.close(),
  });
  let notes: CallNotes | undefined;
  const stderrTail = () => (tail.trim() === "" ? "" : `: ${context.mask(tail).trim().slice(-TAIL_CHARACTERS)}`);
  const client = new Client({ name: "aiworkflow", version: "1" });
  const server: McpServer = {
    name,
    client,
    get closed() {
      return closed;
    },
    get fault() {
      return fault;
    },
    stderrTail,
    listed: undefined,
    calls: 0,
    noteCall(key) {
      const pid = "pid" in transport ? transport.pid : undefined;
      if (pid === undefined) return () => undefined;
      notes ??= openCallNotes(stateDir, pid);
      return notes.note(key);
    },
    retire() {
      forget();
      if (!closed) retired.add(server);
    },
    endIfDone() {
      if (retired.has(server) && server.calls === 0) void server.close();
    },
    close: () => client.close(),
  };
  client.setNotificationHandler("notifications/tools/list_changed", () => {
    server.listed = undefined;
  });
  client.onclose = () => {
    closed = true;
    notes?.close();
    retired.delete(server);
    forget();
  };
  try {
    await client.connect(transport, { timeout: START_TIMEOUT_MS, signal: abandoned });
  } catch (error) {
    await transport.close().catch(() => undefined);
    const why = error instanceof Error ? error.message : String(error);
    const reason: NodeJS.ErrnoException | undefined =
      error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
    const cause = reason === undefined ? "" : ` (${reason.message})`;
    throw new StepFailure(
      "tool/unreachable",
      `the MCP server ${name} (${spec.command ?? spec.url}) did not start: ${why}${cause}${stderrTail()}`,
      { retryable: !isCertificateFault(reason?.code) },
    );
  }
  return server;
}

function createTransport(
  { name, spec, given, headers, ownEnv, projectDir, stateDir }: ServerContext,
  told: {
    readonly onStderr: (text: string) => void;
    readonly onFault: (fault: AnswerFault) => void;
    readonly onLost: () => void;
  },
) {
  if (spec.url !== undefined) return createHttpTransport({ url: spec.url, headers });
  if (spec.command === undefined) throw new StepFailure("tool/no-command", `the MCP server ${name} has no command`);
  return createGroupTransport({
    command: programOf(spec.command, projectDir),
    args: spec.args ?? [],
    env: childEnvironment(ownEnv, given),
    cwd: projectDir,
    stateDir,
    ...told,
  });
}
