import { TextDecoder } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { type JSONRPCMessage, ReadBuffer, serializeMessage, type Transport } from "@modelcontextprotocol/client";
import { killGroup } from "../processes/orphans.ts";
import { type AnswerFault, isText } from "./limit-body.ts";
import { type ChildRequest, type NotedChild, spawnNoted } from "../processes/spawn-noted.ts";

/** Which server to start. */
export interface ServerProcess extends ChildRequest {
  readonly onStderr: (text: string) => void;
  /** It prints what cannot be taken, and is ended. */
  readonly onFault: (fault: AnswerFault) => void;
  /** It has closed its output. */
  readonly onLost: () => void;
}

/** How long a server may take to end after its input has, and after each signal. */
const STEP_MS = 700;

/**
 * An MCP server over stdio in a process group of its own, so that what the server starts ends with it: the SDK's
 * transport ends the server alone, and `npx some-server` is two processes.
 */
export function createGroupTransport(server: ServerProcess): Transport & { readonly pid: number | undefined } {
  const buffer = new ReadBuffer();
  let child: NotedChild["child"] | undefined;
  let ended: Promise<void> = Promise.resolve();

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

  const transport: Transport & { readonly pid: number | undefined } = {
    get pid() {
      return child?.pid;
    },
    start() {
      const { child: started, forget } = spawnNoted(server);
      child = started;
      ended = new Promise((resolve) => {
        started.once("exit", () => {
          if (started.pid !== undefined) killGroup(started.pid, "SIGKILL");
          forget();
          resolve();
          transport.onclose?.();
        });
      });
      const text = new TextDecoder("utf-8", { fatal: true });
      const giveUp = (fault: AnswerFault) => {
        server.onFault(fault);
        if (started.pid !== undefined) killGroup(started.pid, "SIGKILL");
        started.stdout.destroy();
      };
      started.stdout.on("data", (chunk: Buffer) => {
        // The SDK would put other characters in their place.
        if (!isText(text, chunk)) return giveUp("garbled");
        try {
          buffer.append(chunk);
        } catch {
          // The buffer takes no message of more than 10 MB; what comes after a part of one cannot be read.
          return giveUp("flood");
        }
        readMessages();
      });
      // It can answer nothing any more, whether its process ends or not.
      started.stdout.once("end", server.onLost);
      started.stderr.on("data", (chunk: Buffer) => server.onStderr(chunk.toString("utf8")));
      started.stdin.on("error", (error) => transport.onerror?.(error));
      return new Promise((resolve, reject) => {
        started.once("error", reject);
        started.once("spawn", resolve);
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
