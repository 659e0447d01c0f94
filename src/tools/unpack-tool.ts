import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { StepFailure } from "../plan/step-failure.ts";
import type { ToolContext } from "./tool-kind.ts";

/** Puts the run's own version of a tool's file on disk, by digest; gives its path. Throws `StepFailure` `tool/no-file`. */
export async function unpackTool(
  { name, spec, stateDir, readFile }: ToolContext,
  nameOf: (path: string) => string = basename,
): Promise<string> {
  const { file } = spec;
  if (file === undefined) throw new StepFailure("tool/no-file", `the tool ${name} has no file`);
  const folder = join(stateDir, "unpacked", file.sha256);
  const path = join(folder, nameOf(file.path));
  const bytes = await readFile(file.sha256);
  await mkdir(folder, { recursive: true });
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(temporary, bytes);
  await chmod(temporary, 0o700);
  await rename(temporary, path);
  return path;
}
