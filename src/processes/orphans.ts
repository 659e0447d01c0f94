import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { isAlive, readProcessStat } from "../system/is-alive.ts";

/** How the file of the calls ends that a child works for which serves many; see `call-notes.ts`. */
export const CALLS_SUFFIX = ".calls";

/** Folder of the notes of one worker's children: a file each, `PID` or `PID.CALL`, with the child's start time in its first line. */
export function childrenDir(stateDir: string, workerPid: number): string {
  return join(stateDir, "children", String(workerPid));
}

/**
 * Notes a child's process group under its worker's pid, so that whoever finds the worker dead can end the group: a
 * killed worker's children live on and would act beside the retry. `key`: the call that it works for. Returns the
 * function that removes the note.
 */
export function noteChild(stateDir: string, pid: number, key?: string): () => void {
  const folder = childrenDir(stateDir, process.pid);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, key === undefined ? String(pid) : `${pid}.${hashOfKey(key)}`);
  writeFileSync(file, readProcessStat(pid)?.startTime ?? "");
  return () => removeNote(file);
}

/** A note that stays does no harm: a pid that has become another process's is passed over. An error, at the end of a child, would end the worker. */
export function removeNote(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // It goes with the folder.
  }
}

/** A folder for one script of this worker; goes with the worker's other leavings where the worker cannot remove it. */
export async function makeScratch(stateDir: string): Promise<string> {
  const parent = join(stateDir, "scratch", String(process.pid));
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, "script-"));
}

/** Kills every process group that a dead worker left, and removes its scratch folder. */
export function killOrphans(stateDir: string, workerPid: number): void {
  const folder = childrenDir(stateDir, workerPid);
  for (const name of listFolder(folder)) killNoted(folder, name);
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

/**
 * Kills what other workers of this machine still run for a call that this one has been given: such a worker is stopped,
 * hangs, or has lost the server, and what it runs would act beside the retry.
 */
export function killElsewhere(stateDir: string, key: string): void {
  const hash = hashOfKey(key);
  for (const worker of listFolder(join(stateDir, "children"))) {
    if (Number(worker) === process.pid) continue;
    const folder = childrenDir(stateDir, Number(worker));
    for (const name of listFolder(folder)) {
      const isMeant = name.endsWith(CALLS_SUFFIX)
        ? readNote(join(folder, name))?.includes(hash)
        : name.endsWith(`.${hash}`);
      if (isMeant === true) killNoted(folder, name);
    }
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

/** Pids that now belong to another process are passed over. */
function killNoted(folder: string, name: string): void {
  const pid = Number.parseInt(name, 10);
  const noted = readNote(join(folder, name))?.split("\n", 1)[0];
  const now = readProcessStat(pid)?.startTime;
  // The leader may be gone while its group lives; a group id is not given away while members live.
  if (noted !== undefined && (now === undefined || noted === "" || now === noted)) killGroup(pid, "SIGKILL");
}

function readNote(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // The worker lives and has removed it.
    return undefined;
  }
}

/** What stands for a call in a note. */
export function hashOfKey(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 16);
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
