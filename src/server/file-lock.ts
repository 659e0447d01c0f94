import { open, readFile, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../system/is-alive.ts";

const PAUSE_MS = 50;

/**
 * Runs `work` while no other process does so under the same lock file. A lock whose process is gone is taken over.
 * Throws where the lock file cannot be made.
 */
export async function withFileLock<T>(
  path: string,
  options: { readonly onWait?: () => void },
  work: () => Promise<T>,
): Promise<T> {
  let told = false;
  for (;;) {
    const file = await open(path, "wx").catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    if (file !== undefined) {
      await file.writeFile(String(process.pid));
      await file.close();
      break;
    }
    const holder = Number(await readFile(path, "utf8").catch(() => "0"));
    if (holder > 0 && !isAlive(holder)) await rm(path, { force: true });
    else {
      if (!told) options.onWait?.();
      told = true;
      await sleep(PAUSE_MS);
    }
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}
