// Runs a program of this repository where every user may read it, wherever it was cloned to: bound to a folder below the temporary one.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

/** In mounts of its own, so that nobody else sees the bound folder. */
const ISOLATE = ["--mount", "--propagation", "private"];

/** False where `unshare` may not make mounts of its own, as for users who are not root. */
export const canBind =
  process.platform === "linux" && spawnSync("unshare", [...ISOLATE, "mount", "--bind", "test", "src"]).status === 0;

/** Starts a program, named with its arguments from the repository's root, with a channel for messages. */
export function startReadable(program: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const folder = mkdtempSync(join(tmpdir(), "aiworkflow-readable-"));
  chmodSync(folder, 0o755);
  const bind = 'mount --bind . "$0" && cd "$0" && exec "$@"';
  const inside = relative(process.cwd(), process.execPath);
  const node = inside.startsWith("..") ? process.execPath : inside;
  const child = spawn("unshare", [...ISOLATE, "sh", "-c", bind, folder, node, ...program], {
    env,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  child.once("exit", () => rmdirSync(folder));
  return child;
}
