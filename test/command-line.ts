// Runs the real command line in a folder, as a user would, and finds and kills the processes it started.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { devNull } from "node:os";
import { resolve } from "node:path";

/** The program of the command line. */
export const main = resolve("src/cli/main.ts");

/** A server that the machine's user runs, or has settings for, is none of a test's business. */
export const environment = (): Record<string, string | undefined> => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("TEMPORAL_"))),
  TEMPORAL_CONFIG_FILE: devNull,
});

/** What a finished command left. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface Running {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly ended: Promise<number | null>;
}

/** Runs a command to its end. */
export function runCommand(cwd: string, ...args: readonly string[]): Promise<Finished> {
  return runCommandWith({ cwd, env: {} }, ...args);
}

/** Where a command runs, and what its environment has besides. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Runs a command to its end in these surroundings. */
export function runCommandWith({ cwd, env }: Surroundings, ...args: readonly string[]): Promise<Finished> {
  return new Promise((done) => {
    execFile(
      process.execPath,
      [main, ...args],
      { cwd, env: { ...environment(), ...env }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        done({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, stdout, stderr });
      },
    );
  });
}

/** Begins a command. */
export function beginCommand(cwd: string, ...args: readonly string[]): Running {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: environment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  const ended = new Promise<number | null>((done) => child.once("close", done));
  return { child, stdout: () => stdout, stderr: () => stderr, ended };
}

/** Pid of the worker process below a command; undefined where it does not work itself. */
export function workerOf({ child }: Running): number | undefined {
  const { pid } = child;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  const worker = children.find((one) => readFileSync(`/proc/${one}/cmdline`, "utf8").includes("worker-main"));
  return worker === undefined ? undefined : Number(worker);
}

/** Kills a command and its worker at once, as a power cut would. */
export function killAll(command: Running): void {
  const worker = workerOf(command);
  process.kill(command.child.pid as number, "SIGKILL");
  if (worker !== undefined) process.kill(worker, "SIGKILL");
}
