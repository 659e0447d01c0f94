import { killGroup } from "./orphans.ts";
import type { NotedChild } from "./spawn-noted.ts";

/** How a program that has been started is seen to its end. */
export interface Watch {
  readonly stdin: string;
  /** Ends the whole process group. */
  readonly signal: AbortSignal;
  /** Given what the program prints as it comes; `kill` ends the group at once. */
  readonly onOutput: (chunk: Buffer, kill: () => void) => void;
  /** So much of the end of stderr is kept. */
  readonly maxStderrBytes: number;
  /** How long a process that left the group may hold the output of a program that has ended. */
  readonly drainMs: number;
}

/** How a program ended. */
export interface Ending {
  readonly exitCode: number | null;
  readonly killedBy: NodeJS.Signals | null;
  /** The end of it. */
  readonly stderr: string;
}

/** Between the polite signal and the other one. */
const KILL_GRACE_MS = 1000;

/**
 * Waits for the end of a program in its own process group, and ends the whole group when the program ends or when the signal is
 * up. Rejects with what kept the program from starting; whether the signal is up is for the caller to look at.
 */
export function runToEnd({ child, forget }: NotedChild, watch: Watch): Promise<Ending> {
  const { stdin, signal, onOutput, maxStderrBytes, drainMs } = watch;
  return new Promise((resolve, reject) => {
    let stderr = Buffer.alloc(0);
    let grace: NodeJS.Timeout | undefined;
    const killTree = (how: NodeJS.Signals) => {
      if (child.pid !== undefined) killGroup(child.pid, how);
    };
    const stop = () => {
      killTree("SIGTERM");
      grace ??= setTimeout(() => killTree("SIGKILL"), KILL_GRACE_MS);
    };
    const settle = () => {
      signal.removeEventListener("abort", stop);
      clearTimeout(grace);
      forget();
      child.stdout.destroy();
      child.stderr.destroy();
    };

    child.stdout.on("data", (chunk: Buffer) => onOutput(chunk, () => killTree("SIGKILL")));
    child.stderr.on("data", (chunk: Buffer) => {
      stderr = Buffer.concat([stderr, chunk]).subarray(-maxStderrBytes);
    });
    // A program may end without reading its input.
    child.stdin.on("error", () => undefined);
    child.stdin.end(stdin);
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("exit", (exitCode, killedBy) => {
      // What the program left in the background ends with it, and so lets go of its output.
      killTree("SIGKILL");
      const finish = () => {
        clearTimeout(drain);
        settle();
        resolve({ exitCode, killedBy, stderr: stderr.toString("utf8") });
      };
      const drain = setTimeout(finish, drainMs);
      child.once("close", finish);
    });
    signal.addEventListener("abort", stop, { once: true });
  });
}
