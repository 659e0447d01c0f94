// What rooms share about this machine and its Node: processes, where our package stands, patience. Imports nothing of ours. Start here.
import { readFileSync } from "node:fs";

/**
 * True while a process with this pid runs. A zombie (ended, but not yet fetched by its parent) does not: in a container
 * whose first process fetches nobody it would stay for ever.
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return readProcessStat(pid)?.state !== "Z";
}

/** State letter and start time in clock ticks, on Linux; undefined elsewhere and for processes that are gone. */
export function readProcessStat(pid: number): { readonly state: string; readonly startTime: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", startTime: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}
