import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { type JSONRPCMessage, ReadBuffer, serializeMessage, type Transport } from "@modelcontextprotocol/client";
import { killGroup } from "./process/orphans.ts";

/** Which server to start. */
export interface ServerProcess {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Record<string, string>;
  readonly cwd: string;
  readonly onStderr: (text: string) => void;
  readonly onStart: (pid: number) => void;
  /** It prints more than a message may have, and is ended. */
  readonly onFlood: () => void;
}

/** How long a server may take to end after its input has, and after each signal. */
const STEP_MS = 700;

/**
 * An MCP server over stdio in a process group of its own, so that what the server starts ends with it: the SDK's
 * transport ends the server alone, and `npx some-server` is two processes.
 */
export function createGroupTransport(server: ServerProcess): Transport {
  const buffer = new ReadBuffer();
  let child: ReturnType<typeof launch> | undefined;
  let ended: Promise<void> = Promise.resolve();

  const launch = () =>
    spawn(server.command, server.args, {
      cwd: server.cwd,
      env: server.env,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
  const readMessages = () => {
    for (;;) {
      try {
        const message = buffer.readMessage();
        if (message === null) return;
        transport.onmessage?.(message);
      } catch (error) {
        // A line that is no message: some servers print a greeting.
        transport.onerror?.(error as Error);
      }
    }
  };

  const transport: Transport = {
    start() {
      const started = launch();
      child = started;
      ended = new Promise((resolve) => {
        started.once("exit", () => {
          if (started.pid !== undefined) killGroup(started.pid, "SIGKILL");
          resolve();
          transport.onclose?.();
        });
      });
      started.stdout.on("data", (chunk: Buffer) => {
        try {
          buffer.append(chunk);
        } catch {
          // The buffer takes no message of more than 10 MB; what comes after a part of one cannot be read.
          server.onFlood();
          if (started.pid !== undefined) killGroup(started.pid, "SIGKILL");
          started.stdout.destroy();
          return;
        }
        readMessages();
      });
      started.stderr.on("data", (chunk: Buffer) => server.onStderr(chunk.toString("utf8")));
      started.stdin.on("error", (error) => transport.onerror?.(error));
      return new Promise((resolve, reject) => {
        started.once("error", reject);
        started.once("spawn", () => {
          server.onStart(started.pid as number);
          resolve();
        });
      });
    },
    send(message: JSONRPCMessage) {
      return new Promise((resolve, reject) => {
        if (child === undefined || !child.stdin.writable) return reject(new Error("the server has ended"));
        if (child.stdin.write(serializeMessage(message))) resolve();
        else child.stdin.once("drain", resolve);
      });
    },
    async close() {
      const { pid } = child ?? {};
      if (pid === undefined || child?.exitCode !== null || child.signalCode !== null) return;
      child.stdin.end();
      for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        if (await Promise.race([ended.then(() => true), sleep(STEP_MS, false)])) return;
        killGroup(pid, signal);
      }
      await Promise.race([ended, sleep(STEP_MS)]);
    },
  };
  return transport;
}
