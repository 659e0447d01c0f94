import { type ChildProcess, fork, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../src/system/is-alive.ts";
import type { WorkerConfig } from "../../src/worker/create-worker.ts";
import type { WorkerCommand } from "../../src/worker/worker-message.ts";

/** The processes that work for a project. */
export interface Crew {
  /** Pids of the workers that live. */
  workers(): readonly number[];
  /** Of the process that supervises them, where one does. */
  supervisor(): number | undefined;
  /** Starts what is missing; true where something was. */
  restore(): boolean;
  stop(): Promise<void>;
}

/** Programs to run: of the source or built. */
export interface Programs {
  readonly cli: string;
  readonly worker: string;
}

/** `aiworkflow worker`: a supervisor that keeps a worker alive. */
export function superviseCrew(programs: Programs, config: WorkerConfig): Crew {
  let child: ChildProcess | undefined;
  const restore = () => {
    if (child !== undefined && isRunning(child)) return false;
    const log = openSync(join(config.projectDir, "worker.log"), "a");
    child = spawn(process.execPath, [programs.cli, "worker"], { cwd: config.projectDir, stdio: ["ignore", log, log] });
    closeSync(log);
    return true;
  };
  process.once("exit", () => child?.kill("SIGKILL"));
  return {
    workers: () => (child?.pid === undefined ? [] : childrenOf(child.pid).filter(isWorker)),
    supervisor: () => child?.pid,
    restore,
    stop: () => end(child),
  };
}

/** Two workers beside each other, with nobody who looks after them but this process, which starts a new one for a dead one. */
export function bareCrew(programs: Programs, config: WorkerConfig): Crew {
  const children: (ChildProcess | undefined)[] = [undefined, undefined];
  return {
    workers: () => children.flatMap((child) => (child?.pid === undefined || !isRunning(child) ? [] : [child.pid])),
    supervisor: () => undefined,
    restore() {
      let isMissing = false;
      for (const [index, old] of children.entries()) {
        if (old !== undefined && isRunning(old)) continue;
        isMissing = true;
        const child = fork(programs.worker, [], {
          serialization: "json",
          stdio: ["ignore", "ignore", "ignore", "ipc"],
        });
        child.send({ type: "work", config } satisfies WorkerCommand);
        children[index] = child;
      }
      return isMissing;
    },
    stop: async () => void (await Promise.all(children.map(end))),
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || !isRunning(child)) return;
  child.kill("SIGCONT");
  child.kill("SIGTERM");
  for (let tries = 0; isRunning(child) && tries < 300; tries += 1) await sleep(100);
  child.kill("SIGKILL");
}

function childrenOf(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return text === "" ? [] : text.split(" ").map(Number);
  } catch {
    return [];
  }
}

function isWorker(pid: number): boolean {
  try {
    return isAlive(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("worker-main");
  } catch {
    return false;
  }
}
