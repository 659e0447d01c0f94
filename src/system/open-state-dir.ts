import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Makes a project's folder of machine state where there is none; nothing in it belongs into a repository. */
export function openStateDir(stateDir: string): void {
  if (mkdirSync(stateDir, { recursive: true }) === undefined) return;
  writeFileSync(join(stateDir, ".gitignore"), "*\n");
}
