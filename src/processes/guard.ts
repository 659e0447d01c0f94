import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { keepFresh } from "../system/keep-fresh.ts";
import { childrenDir } from "./orphans.ts";

/** Waits until its input ends, which it does when this process is gone, and kills every group that is noted. */
const GUARD = 'read -r end; cd "$1" || exit 0; for note in *; do kill -s KILL -- "-${note%%.*}"; done';

/**
 * Starts the guard of this worker: a small process that outlives it, however it dies, by the moment that it takes to kill
 * the worker's children. A supervisor does the same, but may die with the worker.
 */
export function startGuard(stateDir: string): void {
  const folder = childrenDir(stateDir, process.pid);
  mkdirSync(folder, { recursive: true });
  keepFresh(folder);
  const guard = spawn("/bin/sh", ["-c", GUARD, "sh", folder], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  // Without a guard the supervisor does it alone.
  guard.on("error", () => undefined);
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
}
