import { constants, lstatSync, truncateSync } from "node:fs";
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { serverError } from "./server-error.ts";

const PAUSE_MS = 50;
/** SQLite's codes for a file that somebody else has, and for one with something else in it. */
const SQLITE_BUSY = 5;
const SQLITE_NOTADB = 26;
const MAX_PID_BYTES = 64;

/** How to wait for a lock that somebody else has. */
export interface LockOptions {
  readonly onWait?: () => void;
  /** Who waits longer is refused with this. @default nobody is */
  readonly patience?: { readonly ms: number; readonly refuse: () => Error };
}

/**
 * Runs `work` while nobody else does so under the same lock file. The system itself frees the lock of a process that has ended,
 * however it ended; the file stays, and is empty. Throws where the lock file cannot be made, and `DiagnosticError` `file/unusable`
 * where something else lies there.
 */
export async function withFileLock<T>(
  path: string,
  { onWait, patience }: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const file = await open(path);
  try {
    const since = performance.now();
    for (let isTold = false; !tryLock(file, path); isTold = true) {
      if (!isTold) onWait?.();
      if (patience !== undefined && performance.now() - since > patience.ms) throw patience.refuse();
      await sleep(PAUSE_MS);
    }
    return await work();
  } finally {
    file.close();
  }
}

async function open(path: string): Promise<DatabaseSync> {
  try {
    return new DatabaseSync(path);
  } catch (error) {
    // Says what is wrong with the folder, which SQLite does not.
    await access(dirname(path), constants.W_OK);
    throw error;
  }
}

/** What an older version has left there is a pid. Whatever else it is, is not ours. */
function refuseForeign(path: string): void {
  const found = lstatSync(path);
  if (found.isFile() && found.size <= MAX_PID_BYTES) return;
  throw serverError("file/unusable", `${path} is no lock of ours`, "move it away");
}

/** Node has no locks of the system, but SQLite takes one of a database into which nothing is ever written. */
function tryLock(file: DatabaseSync, path: string): boolean {
  try {
    file.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    const { errcode } = error as { readonly errcode?: number };
    if (errcode === SQLITE_BUSY) return false;
    if (errcode !== SQLITE_NOTADB) throw error;
    refuseForeign(path);
    // Empty it is a database; to empty it again harms nobody who has it.
    truncateSync(path);
    return tryLock(file, path);
  }
}
