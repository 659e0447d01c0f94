import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { readProcessStat } from "../system/is-alive.ts";
import { CALLS_SUFFIX, childrenDir, hashOfKey, removeNote } from "./orphans.ts";

/** Notes of the calls that a child works for which serves many. */
export interface CallNotes {
  /** Notes a call; returns the function that removes the note. */
  note(key: string): () => void;
  close(): void;
}

const SLOT_BYTES = 17;
const EMPTY = `${" ".repeat(SLOT_BYTES - 1)}\n`;

/**
 * Opens the notes of a child that is noted itself. They lie in one file that stays open, because a file for each call would
 * take as long as a quick call: a line with the start time of the child, then a line for each call under way.
 */
export function openCallNotes(stateDir: string, pid: number): CallNotes {
  const file = join(childrenDir(stateDir, process.pid), `${pid}${CALLS_SUFFIX}`);
  const head = `${readProcessStat(pid)?.startTime ?? ""}\n`;
  const fd = openSync(file, "w");
  writeSync(fd, head);
  const free: number[] = [];
  let slots = 0;
  let isOpen = true;
  const write = (slot: number, line: string) => {
    if (isOpen) writeSync(fd, line, head.length + slot * SLOT_BYTES);
  };
  return {
    note(key) {
      const slot = free.pop() ?? slots++;
      write(slot, `${hashOfKey(key)}\n`);
      return () => {
        try {
          write(slot, EMPTY);
          free.push(slot);
        } catch {
          // The call has ended all the same; the line goes with the file.
        }
      };
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      try {
        ftruncateSync(fd);
        closeSync(fd);
      } catch {
        // Nothing is written there any more.
      }
      removeNote(file);
    },
  };
}
