import { readdirSync, readFileSync } from "node:fs";

/**
 * Kills every process that carries a variable of this value: what a child started in a process group of its own, which the end
 * of the child's group does not reach. On Linux; elsewhere nobody can read another's environment.
 */
export function killCarriers(variable: string, value: string): void {
  const entry = `${variable}=${value}`;
  for (const name of listProcesses()) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid || !carries(pid, entry)) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Gone already.
    }
  }
}

function carries(pid: number, entry: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(entry);
  } catch {
    // Another user's, or gone.
    return false;
  }
}

function listProcesses(): readonly string[] {
  try {
    return readdirSync("/proc");
  } catch {
    return [];
  }
}
