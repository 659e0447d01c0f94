import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { isAlive, readProcessStat } from "../../system/is-alive.ts";

/**
 * Notes a child's process group under its worker's pid, so that whoever finds the worker dead can end the group: a
 * killed worker's children live on and would act beside the retry. Returns the function that removes the note.
 */
export function noteChild(stateDir: string, pid: number): () => void {
  const folder = join(stateDir, "children", String(process.pid));
  const file = join(folder, String(pid));
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, readProcessStat(pid)?.startTime ?? "");
  return () => rmSync(file, { force: true });
}

/** A folder for one script of this worker; goes with the worker's other leavings where the worker cannot remove it. */
export async function makeScratch(stateDir: string): Promise<string> {
  const parent = join(stateDir, "scratch", String(process.pid));
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, "script-"));
}

/** Kills every process group that a dead worker left, and removes its scratch folder. Pids that now belong to another process are passed over. */
export function killOrphans(stateDir: string, workerPid: number): void {
  const folder = join(stateDir, "children", String(workerPid));
  for (const name of listFolder(folder)) {
    const noted = readFileSync(join(folder, name), "utf8");
    const now = readProcessStat(Number(name))?.startTime;
    // The leader may be gone while its group lives; a group id is not given away while members live.
    if (now === undefined || noted === "" || now === noted) killGroup(Number(name), "SIGKILL");
    // Not every child leads a group of its own.
    if (now !== undefined && now === noted) killProcess(Number(name));
  }
  rmSync(folder, { recursive: true, force: true });
  rmSync(join(stateDir, "scratch", String(workerPid)), { recursive: true, force: true });
}

/** Kills what workers left that died together with their supervisor. */
export function killAllOrphans(stateDir: string): void {
  const names = [...listFolder(join(stateDir, "children")), ...listFolder(join(stateDir, "scratch"))];
  for (const name of new Set(names)) {
    if (!isAlive(Number(name))) killOrphans(stateDir, Number(name));
  }
}

/** Signals a process group; a group that is gone is no error. */
export function killGroup(pgid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pgid, signal);
  } catch {
    // Gone already.
  }
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
