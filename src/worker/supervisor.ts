import { type ChildProcess, fork } from "node:child_process";
import type { RunningActivity } from "../activities/create-activities.ts";
import { programFile } from "../system/package-root.ts";
import { killAllOrphans, killOrphans } from "../tools/process/orphans.ts";
import type { WorkerConfig } from "./create-worker.ts";
import { releaseActivities, releaseDeadWorkers } from "./release-activities.ts";
import type { WorkerMessage } from "./worker-message.ts";

/** A worker process that is replaced when it dies. */
export interface SupervisedWorker {
  /** Pid of the present worker process. */
  readonly pid: number;
  /** Resolves when the first worker polls; rejects when it could not start. */
  readonly ready: Promise<void>;
  /** Lets steps under way end or be told to stop, then ends the process. */
  stop(): Promise<void>;
}

/** What a supervisor tells its owner. */
export interface SupervisorOptions {
  /** A worker died; it is being replaced. */
  readonly onCrash?: (death: {
    readonly pid: number;
    readonly signal: string | null;
    readonly code: number | null;
  }) => void;
}

/** Required, not imported: a thread does not wait for what is imported. */
const FAST_ENTRY = programFile("worker", "enter-fast");
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5000;
/** A worker that lived this long is not part of a crash loop. */
const STABLE_MS = 10_000;
const STOP_TIMEOUT_MS = 20_000;

/**
 * Starts a worker in a child process and keeps one alive. When it dies, what it left is cleaned up at once (child
 * processes killed, its activities given back to the server) instead of after their heartbeat timeouts.
 */
export function startSupervisedWorker(config: WorkerConfig, options: SupervisorOptions = {}): SupervisedWorker {
  const running = new Map<string, RunningActivity>();
  let stopping = false;
  let pauseMs = FIRST_PAUSE_MS;
  let child: ChildProcess;
  let gone: Promise<void>;
  let restart: NodeJS.Timeout | undefined;

  const first = Promise.withResolvers<void>();
  first.promise.catch(() => undefined);

  const launch = () => {
    const startedAtMs = Date.now();
    const worker = fork(programFile("worker", "worker-main"), [], {
      execArgv: config.fast ? [...process.execArgv, "--require", FAST_ENTRY] : process.execArgv,
      serialization: "json",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child = worker;
    let polled = false;
    let reason = "it ended before it polled";
    worker.send(config);
    worker.on("message", (message: WorkerMessage) => {
      if (message.type === "ready") {
        polled = true;
        first.resolve();
      } else if (message.type === "failed") reason = message.message;
      else if (message.type === "begun") running.set(keyOf(message.activity), message.activity);
      else running.delete(keyOf(message.activity));
    });
    gone = new Promise((resolve) => {
      worker.once("exit", (code, signal) => {
        resolve();
        killOrphans(config.stateDir, worker.pid as number);
        if (stopping) return;
        if (!polled) first.reject(new Error(reason));
        options.onCrash?.({ pid: worker.pid as number, signal, code });
        if (Date.now() - startedAtMs > STABLE_MS) pauseMs = FIRST_PAUSE_MS;
        restart = setTimeout(launch, pauseMs);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
        const left = [...running.values()];
        running.clear();
        void releaseActivities(config, left);
      });
    });
  };
  killAllOrphans(config.stateDir);
  void releaseDeadWorkers(config);
  launch();

  return {
    get pid() {
      return child.pid as number;
    },
    ready: first.promise,
    async stop() {
      stopping = true;
      clearTimeout(restart);
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await gone;
      clearTimeout(force);
    },
  };
}

function keyOf({ runId, activityId }: RunningActivity): string {
  return `${runId}/${activityId}`;
}
