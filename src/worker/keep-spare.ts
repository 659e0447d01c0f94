import type { ChildProcess } from "node:child_process";

/** Not while the worker before it begins its work. */
const PREPARE_AFTER_MS = 300;

/** A process that is ready to become the worker. */
export interface Spare {
  /** Starts one, a little later, where there is none. */
  prepare(): void;
  /** The process, which is then the taker's; undefined where there is none. */
  take(): ChildProcess | undefined;
  end(): void;
}

/** Keeps one process that `fork` has started, and that waits to be told to work. */
export function keepSpare(fork: () => ChildProcess): Spare {
  let spare: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  const take = () => {
    clearTimeout(timer);
    const taken = spare;
    spare = undefined;
    return taken;
  };
  return {
    prepare() {
      if (spare !== undefined) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        const started = fork();
        spare = started;
        started.once("exit", () => {
          if (spare === started) spare = undefined;
        });
      }, PREPARE_AFTER_MS);
      timer.unref();
    },
    take,
    end: () => void take()?.kill("SIGKILL"),
  };
}
