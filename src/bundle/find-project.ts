import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** Name of the file that makes a folder a project. */
export const PROJECT_FILE = "aiworkflow.yaml";

/**
 * The folder of the nearest aiworkflow.yaml from `start` upwards. Where there is none it is the working folder, which all commands
 * share that name no file; for what lies elsewhere `start` itself.
 */
export function findProjectDir(start: string): string {
  const from = resolve(start);
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, PROJECT_FILE))) return folder;
    if (dirname(folder) === folder) break;
  }
  const here = process.cwd();
  return /^\.\.(?:$|[\\/])/.test(relative(here, from)) ? from : here;
}

/** Machine state of a project. */
export function stateDirOf(projectDir: string): string {
  return join(projectDir, ".aiworkflow");
}
