import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

/** What a worker in a process of its own works at. */
export interface WorkerOrder {
  readonly address: string;
  readonly taskQueue: string;
  readonly bundle: { readonly codePath: string } | { readonly workflowsPath: string };
}

/** What it can be asked: processor time in ms, resident set after a collection in bytes, ms of a replay. */
export type Asked =
  | { readonly what: "cpu" }
  | { readonly what: "memory" }
  | { readonly what: "replay"; readonly history: string; readonly codePath: string };

/** A worker in a process of its own. */
export interface WorkerChild {
  /** From the fork to the first poll, in ms. */
  readonly startMs: number;
  ask(asked: Asked): Promise<number>;
  kill(): Promise<void>;
}

/** Starts one with these flags for Node. */
export async function startWorkerChild(order: WorkerOrder, flags: readonly string[] = []): Promise<WorkerChild> {
  const startedAt = performance.now();
  const child = fork(join(import.meta.dirname, "worker-process.ts"), [], { execArgv: [...process.execArgv, ...flags] });
  child.send(order);
  await answerOf(child);
  return {
    startMs: performance.now() - startedAt,
    ask(asked) {
      child.send(asked);
      return answerOf(child);
    },
    async kill() {
      const gone = new Promise((done) => child.once("exit", done));
      child.kill("SIGKILL");
      await gone;
    },
  };
}

function answerOf(child: ChildProcess): Promise<number> {
  return new Promise((done, fail) => {
    const onExit = (code: number | null) => fail(new Error(`the worker's process ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", ({ value }: { readonly value: number }) => {
      child.off("exit", onExit);
      done(value);
    });
  });
}
