import { statSync, utimesSync } from "node:fs";

const FRESHEN_EVERY_MS = 24 * 60 * 60 * 1000;
const FORGOTTEN_AFTER_MS = 7 * FRESHEN_EVERY_MS;

/** Touches a file or folder now and again while this process lives: others may be unable to see that it does. */
export function keepFresh(path: string): void {
  const touch = () => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // Gone: there is nothing to keep.
    }
  };
  setInterval(touch, FRESHEN_EVERY_MS).unref();
}

/** True for what nobody has touched for so long that whoever made it must be gone. */
export function isForgotten(path: string): boolean {
  const touchedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return touchedMs !== undefined && Date.now() - touchedMs > FORGOTTEN_AFTER_MS;
}
