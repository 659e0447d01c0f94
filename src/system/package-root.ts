import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(import.meta.url);

/** True where the sources themselves run; false in a built package. */
export const isSource: boolean = here.endsWith(".ts");

/** The folder of our package.json. */
export const packageRoot: string = findRoot(dirname(here));

/** The file of a program of ours: `room`, such as `worker`, and its name there, such as `worker-main`. */
export function programFile(room: string, name: string): string {
  return isSource ? join(packageRoot, "src", room, `${name}.ts`) : join(packageRoot, "dist", room, `${name}.js`);
}

function findRoot(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : findRoot(dirname(folder));
}
