// SQLite's write-ahead log works on one machine alone; stores are shared by several.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addLimit, listLimits } from "../../src/ledger/limits.ts";
import { type Ledger, openLedger } from "../../src/ledger/open-ledger.ts";

const NFS = 0x6969;
const DISK = 0xef53;
let dir: string;
const open: Ledger[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "aiworkflow-network-"));
});
afterEach(() => {
  for (const ledger of open.splice(0)) ledger.close();
  rmSync(dir, { recursive: true });
});

const openOn = (fileSystem: number) => {
  const ledger = openLedger(dir, fileSystem);
  open.push(ledger);
  return ledger;
};
const modeOf = ({ db }: Ledger) => {
  const read = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  return [read("journal_mode"), read("synchronous"), read("locking_mode")];
};

test("on a network folder it has a journal that works there, and all machines keep to it", () => {
  const far = openOn(NFS);
  expect(modeOf(far)).toEqual(["delete", 2, "normal"]);
  // The machine whose disk it is.
  const near = openOn(DISK);
  expect(modeOf(near)).toEqual(["delete", 2, "normal"]);
  addLimit(far, { name: "daily", period: "day", usd: 1, onLimit: "stop", alertAt: [] });
  expect(listLimits(near)).toHaveLength(1);
});

test("elsewhere it has the quicker one", () => {
  expect(modeOf(openOn(DISK))[0]).toBe("wal");
  expect(modeOf(openOn(DISK))[0]).toBe("wal");
});

test("one that others have open with the other journal is refused; once they have closed it, it is changed", () => {
  const near = openOn(DISK);
  addLimit(near, { name: "daily", period: "day", usd: 1, onLimit: "stop", alertAt: [] });
  expect(() => openLedger(dir, NFS)).toThrow(expect.objectContaining({ code: "ledger/network-folder" }));
  expect(listLimits(near)).toHaveLength(1);
  open.pop()?.close();
  const far = openOn(NFS);
  expect(modeOf(far)[0]).toBe("delete");
  expect(listLimits(far)).toHaveLength(1);
});
