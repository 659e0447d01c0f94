import { readdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/** No call goes on for so long without a word. */
const DEAD_AFTER_MS = 24 * 60 * 60 * 1000;

/** Removes streams that a killed worker has left, and whose call nobody has made again. */
export function sweepStreams(dir: string, now = Date.now()): void {
  for (const run of list(dir)) {
    const folder = join(dir, run);
    for (const name of list(folder)) {
      const path = join(folder, name);
      const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: now };
      if (now - mtimeMs > DEAD_AFTER_MS) rmSync(path, { force: true });
    }
    try {
      rmdirSync(folder);
    } catch {
      // Something is in it still.
    }
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
