import { Client } from "@modelcontextprotocol/client";
import { StepFailure } from "../plan/step-failure.ts";
import { childEnvironment } from "../processes/child-environment.ts";
import { createGroupTransport } from "./mcp-transport.ts";
import { noteChild } from "../processes/orphans.ts";
import { programOf } from "../processes/program-of.ts";
import type { ToolContext } from "./tool-kind.ts";

/** A running MCP server process. */
export interface McpServer {
  readonly name: string;
  readonly client: Client;
  readonly closed: boolean;
  /** It was ended because it printed too much. */
  readonly flooded: boolean;
  /** The end of what it wrote to stderr, for messages. */
  stderrTail(): string;
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

interface Pooled {
  readonly server: Promise<McpServer>;
  /** Calls that wait for the server to start. */
  waiting: number;
  readonly nobodyWaits: AbortController;
}

const START_TIMEOUT_MS = 20_000;
const TAIL_CHARACTERS = 500;
const servers = new Map<string, Pooled>();
const retired = new Set<McpServer>();

/**
 * The server for this configuration: the one this worker has, else a new one. A start that nobody waits for any more is
 * given up. Throws `StepFailure` `tool/unreachable`, or the signal's reason.
 */
export async function useMcpServer(context: ToolContext): Promise<McpServer> {
  const { command, args } = context.spec;
  const key = JSON.stringify([context.name, command, args, context.given, context.projectDir]);
  let pooled = servers.get(key);
  if (pooled === undefined) {
    const nobodyWaits = new AbortController();
    const forget = () => {
      if (servers.get(key) === created) servers.delete(key);
    };
    const created: Pooled = { server: startServer(context, forget, nobodyWaits.signal), waiting: 0, nobodyWaits };
    pooled = created;
    servers.set(key, created);
    created.server.catch(forget);
  }
  const { server, nobodyWaits } = pooled;
  pooled.waiting += 1;
  try {
    return await untilAborted(server, context.signal);
  } finally {
    pooled.waiting -= 1;
    if (pooled.waiting === 0 && context.signal.aborted) nobodyWaits.abort();
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
  for (const { nobodyWaits } of servers.values()) nobodyWaits.abort();
  servers.clear();
  await Promise.allSettled(all.map(async (server) => (await server).close()));
}

async function startServer(context: ToolContext, forget: () => void, abandoned: AbortSignal): Promise<McpServer> {
  const { name, spec, given, ownEnv, projectDir, stateDir } = context;
  if (spec.command === undefined) throw new StepFailure("tool/no-command", `the MCP server ${name} has no command`);
  let tail = "";
  let closed = false;
  let flooded = false;
  const transport = createGroupTransport({
    command: programOf(spec.command, projectDir),
    args: spec.args ?? [],
    env: childEnvironment(ownEnv, given),
    cwd: projectDir,
    onStderr: (text) => (tail = (tail + text).slice(-TAIL_CHARACTERS)),
    onFlood: () => (flooded = true),
    stateDir,
  });
  const stderrTail = () => (tail.trim() === "" ? "" : `: ${tail.trim()}`);
  const client = new Client({ name: "aiworkflow", version: "1" });
  const server: McpServer = {
    name,
    client,
    get closed() {
      return closed;
    },
    get flooded() {
      return flooded;
    },
    stderrTail,
    calls: 0,
    noteCall: (key) => (transport.pid === undefined ? () => undefined : noteChild(stateDir, transport.pid, key)),
    retire() {
      forget();
      if (!closed) retired.add(server);
    },
    endIfDone() {
      if (retired.has(server) && server.calls === 0) void server.close();
    },
    close: () => client.close(),
  };
  client.onclose = () => {
    closed = true;
    retired.delete(server);
    forget();
  };
  try {
    await client.connect(transport, { timeout: START_TIMEOUT_MS, signal: abandoned });
  } catch (error) {
    await transport.close().catch(() => undefined);
    const why = error instanceof Error ? error.message : String(error);
    throw new StepFailure(
      "tool/unreachable",
      `the MCP server ${name} (${spec.command}) did not start: ${why}${stderrTail()}`,
      { retryable: true },
    );
  }
  return server;
}
