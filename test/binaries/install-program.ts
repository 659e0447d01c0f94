import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 240_000;

/** A program that was installed, or why it was not. */
export type Installed = { readonly path: string; readonly version: string } | { readonly skipped: string };

/** Installs a program from npm into a folder of its own, and sees whether it starts. */
export async function installProgram(
  folder: string,
  wanted: { readonly package: string; readonly bin: string },
): Promise<Installed> {
  const own = join(folder, wanted.bin);
  mkdirSync(own, { recursive: true });
  // Some fetch their program in an install script, which npm asks about.
  const scripts = { [wanted.package.replace(/(.)@[^@/]*$/, "$1")]: true };
  writeFileSync(join(own, "package.json"), JSON.stringify({ private: true, allowScripts: scripts }));
  try {
    await run("npm", ["install", "--no-audit", "--no-fund", wanted.package], { cwd: own, timeout: INSTALL_TIMEOUT_MS });
  } catch (error) {
    return { skipped: `${wanted.package} cannot be installed from npm here: ${firstLine(error)}` };
  }
  const path = join(own, "node_modules/.bin", wanted.bin);
  if (!existsSync(path)) return { skipped: `${wanted.package} has no program ${wanted.bin}` };
  try {
    const home = { ...process.env, HOME: own };
    const { stdout } = await run(path, ["--version"], { timeout: 60_000, env: home });
    return { path, version: stdout.trim() };
  } catch (error) {
    return { skipped: `${wanted.bin} is installed, but does not start here: ${firstLine(error)}` };
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 3).join(" ").slice(0, 300);
}
