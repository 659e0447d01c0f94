// Child processes that never outlive their worker: noted before they run, ended by group. Imports plan (for failures) and
// system. `run-to-end.ts` sees one to its end, `run-process.ts` and `read-lines.ts` read what it prints. Start here.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { killGroup, noteChild } from "./orphans.ts";

/** Which program to start, and for whom. */
export interface ChildRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Record<string, string>;
  readonly stateDir: string;
  /** The call that it works for. @default it works for many */
  readonly key?: string | undefined;
}

/** A child in a process group of its own. */
export interface NotedChild {
  readonly child: ChildProcessWithoutNullStreams;
  /** Removes the note; to be called when the child has ended. */
  forget(): void;
}

/** Waits for one line on its input, then becomes the program; without the line it ends. */
const GATE = 'read -r go || exit 1; exec "$@"';

/**
 * Starts a program that runs only once it has been noted: a worker killed between the start and the note leaves a child
 * whose input ends, and so one that never becomes the program; one that cannot be noted is ended. A program that does not exist exits with 127.
 */
export function spawnNoted(request: ChildRequest): NotedChild {
  const { command, args, cwd, env, stateDir, key } = request;
  const child = spawn("/bin/sh", ["-c", GATE, "sh", command, ...args], {
    cwd,
    env,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  if (child.pid === undefined) return { child, forget: () => undefined };
  try {
    const forget = noteChild(stateDir, child.pid, key);
    child.stdin.write("go\n");
    return { child, forget };
  } catch (error) {
    // Else it would wait for its line as long as the worker lives.
    killGroup(child.pid, "SIGKILL");
    throw error;
  }
}
