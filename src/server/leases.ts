import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive, readProcessStat } from "../system/is-alive.ts";
import { isForgotten, keepFresh } from "../system/keep-fresh.ts";
import { nameByPid, readPidName } from "../system/pid-space.ts";

/** A note that a process uses something of a project; it counts while the process lives. */
export interface Lease {
  release(): void;
}

/**
 * Takes a lease in `folder` for this process. Its name has the pid, and where the system tells it, when the process began: that tells it
 * from another one that has its pid later.
 */
export function takeLease(folder: string): Lease {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, nameByPid(process.pid, readProcessStat(process.pid)?.startTime));
  writeFileSync(file, "");
  keepFresh(file);
  return { release: () => rmSync(file, { force: true }) };
}

/**
 * Pids of the other processes of here that hold a lease and live; forgets those that are gone. A lease of another container or machine
 * is worth nothing here, and its own has to find it.
 */
export function listLeases(folder: string): readonly number[] {
  const living: number[] = [];
  for (const name of readFolder(folder)) {
    const { pid, detail: start } = readPidName(name) ?? {};
    const isGone = pid === undefined ? isForgotten(join(folder, name)) : !isAlive(pid) || !isSame(pid, start);
    if (isGone) rmSync(join(folder, name), { force: true });
    else if (pid !== undefined && pid !== process.pid) living.push(pid);
  }
  return living;
}

/** False where the process began at another time. */
function isSame(pid: number, start: string | undefined): boolean {
  const known = readProcessStat(pid)?.startTime;
  return known === undefined || known === start;
}

function readFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
