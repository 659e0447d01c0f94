import { BUSY_MS, type Ledger } from "./open-ledger.ts";

const QUICK_MS = 50;

/** Writes what may as well be written a moment later: it hardly waits for other processes, because all of this one would wait with it. */
export function quickly({ db }: Ledger, write: () => void): void {
  db.exec(`PRAGMA busy_timeout = ${QUICK_MS}`);
  try {
    write();
  } finally {
    db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
  }
}
