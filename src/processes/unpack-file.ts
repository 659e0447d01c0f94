import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Puts a file of a run on disk by its digest, whole or not at all; gives its path. It lies in the project, so that it finds the
 * project's packages.
 */
export async function unpackFile(
  bytes: Uint8Array,
  {
    sha256,
    name,
    mode,
    stateDir,
  }: { readonly sha256: string; readonly name: string; readonly mode: number; readonly stateDir: string },
): Promise<string> {
  const folder = join(stateDir, "unpacked", sha256);
  const path = join(folder, name);
  await mkdir(folder, { recursive: true });
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(temporary, bytes, { mode });
  await chmod(temporary, mode);
  await rename(temporary, path);
  return path;
}
