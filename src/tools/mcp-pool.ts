import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { StepFailure } from "../plan/step-failure.ts";
import { childEnvironment } from "./process/child-environment.ts";
import { noteChild } from "./process/orphans.ts";
import type { ToolContext } from "./tool-kind.ts";

/** A running MCP server process. */
export interface McpServer {
  readonly name: string;
  readonly client: Client;
  readonly closed: boolean;
  /** The end of what it wrote to stderr, for messages. */
  stderrTail(): string;
  close(): Promise<void>;
}

const START_TIMEOUT_MS = 20_000;
const TAIL_CHARACTERS = 500;
const servers = new Map<string, Promise<McpServer>>();

/** The server for this configuration: the one this worker has, else a new one. Throws `StepFailure` `tool/unreachable`. */
export async function useMcpServer(context: ToolContext): Promise<McpServer> {
  const { command, args } = context.spec;
  const key = JSON.stringify([context.name, command, args, context.given, context.projectDir]);
  const known = await servers.get(key)?.catch(() => undefined);
  if (known !== undefined && !known.closed) return known;
  const starting = startServer(context);
  servers.set(key, starting);
  starting.catch(() => servers.delete(key));
  return starting;
}

/** Ends every server of this worker. */
export async function closeMcpServers(): Promise<void> {
  const all = [...servers.values()];
  servers.clear();
  await Promise.allSettled(all.map(async (server) => (await server).close()));
}

async function startServer({ name, spec, given, ownEnv, projectDir, stateDir }: ToolContext): Promise<McpServer> {
  if (spec.command === undefined) throw new StepFailure("tool/no-command", `the MCP server ${name} has no command`);
  let tail = "";
  let closed = false;
  const transport = new StdioClientTransport({
    command: programOf(spec.command, projectDir),
    args: [...(spec.args ?? [])],
    env: childEnvironment(ownEnv, given),
    cwd: projectDir,
    stderr: "pipe",
  });
  transport.stderr?.on("data", (chunk: Buffer) => {
    tail = (tail + chunk.toString("utf8")).slice(-TAIL_CHARACTERS);
  });
  const stderrTail = () => (tail.trim() === "" ? "" : `: ${tail.trim()}`);
  const client = new Client({ name: "aiworkflow", version: "1" });
  let forget: () => void = () => undefined;
  client.onclose = () => {
    closed = true;
    forget();
  };
  try {
    await client.connect(transport, { timeout: START_TIMEOUT_MS });
  } catch (error) {
    await transport.close().catch(() => undefined);
    const why = error instanceof Error ? error.message : String(error);
    throw new StepFailure(
      "tool/unreachable",
      `the MCP server ${name} (${spec.command}) did not start: ${why}${stderrTail()}`,
      {
        retryable: true,
      },
    );
  }
  if (transport.pid !== null) forget = noteChild(stateDir, transport.pid);
  return {
    name,
    client,
    get closed() {
      return closed;
    },
    stderrTail,
    close: () => client.close(),
  };
}

/** `node` is the Node that runs us; a path is looked up in the project. */
function programOf(command: string, projectDir: string): string {
  if (command === "node") return process.execPath;
  const inProject = resolve(projectDir, command);
  return command.includes("/") && existsSync(inProject) ? inProject : command;
}
