import { join } from "node:path";

/** Folder of the store that a project has for itself, where no other is chosen. `stateDir`: machine state of the project. */
export function ownStoreDir(stateDir: string): string {
  return join(stateDir, "artifacts");
}
