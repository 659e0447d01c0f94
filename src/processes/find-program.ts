import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** Where a program is that a child would run; undefined where it would find none. */
export function findProgram(child: {
  readonly command: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}): string | undefined {
  const { command, cwd, env } = child;
  const candidates = command.includes("/")
    ? [resolve(cwd, command)]
    : (env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, command));
  return candidates.find((path) => existsSync(path));
}
