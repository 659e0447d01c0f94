import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../system/is-alive.ts";

/** A note that a process uses something of a project; it counts while the process lives. */
export interface Lease {
  release(): void;
}

/** Takes a lease in `folder` for this process. `text` is for whoever reads it. */
export function takeLease(folder: string, text = ""): Lease {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, String(process.pid));
  writeFileSync(file, text);
  return { release: () => rmSync(file, { force: true }) };
}

/** Pids of the processes that hold a lease and live; forgets the others. */
export function listLeases(folder: string): readonly number[] {
  const living: number[] = [];
  for (const name of readFolder(folder)) {
    const pid = Number(name);
    if (isAlive(pid)) living.push(pid);
    else rmSync(join(folder, name), { force: true });
  }
  return living;
}

function readFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
