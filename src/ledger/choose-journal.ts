import type { DatabaseSync } from "node:sqlite";
import { StepFailure } from "../plan/step-failure.ts";

/**
 * Numbers by which Linux tells the file systems of other machines: NFS, SMB (three of them), 9P, Ceph, Lustre, AFS, GPFS, BeeGFS, and
 * whatever goes through FUSE, as the folders that a virtual machine has of its host. Other systems do not tell.
 */
const OF_OTHERS: ReadonlySet<number> = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x00c36400, 0x0bd00bd0, 0x5346414f, 0x47504653, 0x19830326,
  0x65735546,
]);

/**
 * Chooses how a ledger is kept safe from crashes. The write-ahead log is the quickest; with it a killed process loses nothing, a machine
 * that loses its power at most what it wrote last. But it needs memory that all have in common, so one that other machines may use
 * has a rollback journal, and keeps it: a machine does not see that others use its own disk. Throws `StepFailure`
 * `ledger/network-folder` where somebody uses the log at this moment.
 */
export function chooseJournal(db: DatabaseSync, fileSystem: number): void {
  const isOfOthers = process.platform === "linux" && OF_OTHERS.has(fileSystem >>> 0);
  // Without common memory a log can only be read by who has the file alone.
  if (isOfOthers) db.exec("PRAGMA locking_mode = EXCLUSIVE");
  const isNew = !isOfOthers && read(db, "page_count") === 0;
  if (isNew || (!isOfOthers && read(db, "journal_mode") === "wal")) {
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    return;
  }
  if (isOfOthers) leaveLog(db);
  db.exec("PRAGMA synchronous = FULL");
}

function leaveLog(db: DatabaseSync): void {
  try {
    db.exec("PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL; SELECT 1 FROM sqlite_master");
  } catch (error) {
    db.close();
    throw new StepFailure(
      "ledger/network-folder",
      `the ledger lies in a folder of the network, and a process of the machine whose disk it is has it open: ${(error as Error).message}`,
      { retryable: true },
    );
  }
}

function read(db: DatabaseSync, pragma: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
}
