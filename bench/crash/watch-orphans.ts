import { readdirSync, readFileSync } from "node:fs";
import { readProcessStat } from "../../src/system/is-alive.ts";

/** Looks again and again for processes of steps whose worker is gone. */
export interface OrphanWatch {
  /** What was found, a line each. */
  readonly found: readonly string[];
  stop(): void;
}

const LOOK_EVERY_MS = 400;
/** How long a process may outlive its worker. */
const GRACE_MS = 2000;

/** `mark`: text in the environment of every process of a step. `workers`: the pids that live. */
export function watchOrphans(mark: string, workers: () => readonly number[]): OrphanWatch {
  const since = new Map<string, number>();
  const found: string[] = [];
  const look = () => {
    const living = new Set(workers());
    const now = Date.now();
    const seen = new Set<string>();
    for (const pid of listProcesses()) {
      if (!read(`/proc/${pid}/environ`).includes(mark) || hasAncestor(pid, living)) continue;
      const stat = readProcessStat(pid);
      if (stat === undefined || stat.state === "Z") continue;
      const id = `${pid}/${stat.startTime}`;
      seen.add(id);
      const first = since.get(id) ?? now;
      since.set(id, first);
      if (now - first < GRACE_MS || first === 0) continue;
      since.set(id, 0);
      found.push(`${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").slice(0, 200)}`);
    }
    for (const id of since.keys()) if (!seen.has(id)) since.delete(id);
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return { found, stop: () => clearInterval(timer) };
}

/** Command lines of processes that still belong to a folder. */
export function findLeftOver(dir: string): readonly string[] {
  return listProcesses()
    .filter((pid) => pid !== process.pid && read(`/proc/${pid}/cmdline`).includes(dir))
    .map((pid) => `${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").slice(0, 200)}`);
}

function listProcesses(): readonly number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 1);
}

function hasAncestor(pid: number, living: ReadonlySet<number>): boolean {
  for (let at = pid; at > 1; at = parentOf(at)) if (living.has(at)) return true;
  return false;
}

function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
