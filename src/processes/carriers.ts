import { readdirSync, readFileSync } from "node:fs";
import { KEY_VARIABLE } from "../plan/key-variable.ts";

/**
 * Kills every process that carries a call's key in its environment: what a child of the call started in a process group of
 * its own, which the end of the child's group does not reach. On Linux; elsewhere nobody can read another's environment.
 */
export function killCarriers(key: string): void {
  for (const name of listProcesses()) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid || keyOf(pid) !== key) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Gone already.
    }
  }
}

function keyOf(pid: number): string | undefined {
  try {
    const start = `${KEY_VARIABLE}=`;
    const found = readFileSync(`/proc/${pid}/environ`, "utf8")
      .split("\0")
      .find((entry) => entry.startsWith(start));
    return found === undefined ? undefined : found.slice(start.length);
  } catch {
    // Another user's, or gone.
    return undefined;
  }
}

function listProcesses(): readonly string[] {
  try {
    return readdirSync("/proc");
  } catch {
    return [];
  }
}
