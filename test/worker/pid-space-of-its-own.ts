import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { isAlive } from "../../src/system/is-alive.ts";

const ISOLATE = ["--pid", "--fork", "--mount-proc"];

/** False where `unshare` may not make another space of pids, as a container has one. */
export const canIsolate = process.platform === "linux" && spawnSync("unshare", [...ISOLATE, "true"]).status === 0;

/** Runs TypeScript where pids mean other processes than here; its own pid is one that no process has here. Ends with its input. */
export function startElsewhere(code: string): ChildProcess {
  const used = 'i=0; while [ $i -lt $0 ]; do (:); i=$((i+1)); done; "$@"; exit';
  const node = [
    process.execPath,
    "--input-type=module-typescript",
    "-e",
    `${code}; process.stdin.on("end", () => process.exit()).resume();`,
  ];
  return spawn("unshare", [...ISOLATE, "--kill-child", "sh", "-c", used, String(findUnusedPids()), ...node], {
    stdio: ["pipe", "pipe", "inherit"],
  });
}

/** The least of the next pids that nobody has. */
function findUnusedPids(): number {
  let least = 50;
  for (let pid = least; pid < least + 50; pid += 1) if (isAlive(pid)) least = pid + 1;
  return least;
}
