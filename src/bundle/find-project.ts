import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Name of the file that makes a folder a project. */
export const PROJECT_FILE = "aiworkflow.yaml";

/** The folder of the nearest aiworkflow.yaml from `start` upwards; `start` itself where there is none. */
export function findProjectDir(start: string): string {
  const from = resolve(start);
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, PROJECT_FILE))) return folder;
    if (dirname(folder) === folder) return from;
  }
}

/** Machine state of a project. */
export function stateDirOf(projectDir: string): string {
  return join(projectDir, ".aiworkflow");
}
