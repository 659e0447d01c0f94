import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive, readProcessStat } from "../system/is-alive.ts";

/** A note that a process uses something of a project; it counts while the process lives. */
export interface Lease {
  release(): void;
}

/** Pid, and where the system tells it, when the process began: that tells it from another one that has its pid later. */
const NAME = /^(\d+)(?:-(\d+))?$/;

/** Takes a lease in `folder` for this process. */
export function takeLease(folder: string): Lease {
  mkdirSync(folder, { recursive: true });
  const start = readProcessStat(process.pid)?.startTime;
  const file = join(folder, start === undefined ? `${process.pid}` : `${process.pid}-${start}`);
  writeFileSync(file, "");
  return { release: () => rmSync(file, { force: true }) };
}

/** Pids of the other processes that hold a lease and live; forgets those that are gone. */
export function listLeases(folder: string): readonly number[] {
  const living: number[] = [];
  for (const name of readFolder(folder)) {
    const [, digits, start] = NAME.exec(name) ?? [];
    const pid = Number(digits);
    if (digits === undefined) continue;
    if (!isAlive(pid) || !isSame(pid, start)) rmSync(join(folder, name), { force: true });
    else if (pid !== process.pid) living.push(pid);
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
