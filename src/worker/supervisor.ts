import { type ChildProcess, fork } from "node:child_process";
import { getCompileCacheDir } from "node:module";
import type { RunningActivity } from "../activities/create-activities.ts";
import { openStateDir } from "../system/open-state-dir.ts";
import { programFile } from "../system/package-root.ts";
import { killAllOrphans, killOrphans } from "../processes/orphans.ts";
import type { WorkerConfig } from "./create-worker.ts";
import { keepSpare } from "./keep-spare.ts";
import { releaseRuns } from "./release-runs.ts";
import { watchHang } from "./watch-hang.ts";
import type { WorkerMessage, WorkerCommand } from "./worker-message.ts";

/** A worker process that is replaced when it dies. */
export interface SupervisedWorker {
  /** Pid of the present worker process. */
  readonly pid: number;
  /** Resolves when the first worker polls; rejects when it could not start. */
  readonly ready: Promise<void>;
  /** Activities under way, as far as the worker has told. */
  readonly underWay: readonly RunningActivity[];
  /** Takes nothing more, and ends the process when what is under way has ended, however long that takes. */
  drain(): Promise<void>;
  /** Breaks off what does not end at once, then ends the process. */
  stop(): Promise<void>;
}

/** What a supervisor tells its owner. */
export interface SupervisorOptions {
  /** A worker died; it is being replaced. */
  readonly onCrash?: (death: {
    readonly pid: number;
    readonly signal: string | null;
    readonly code: number | null;
    /** What it said before it ended by itself. */
    readonly reason?: string;
  }) => void;
  /**
   * Keeps a second process ready that takes over in a fraction of the time that a start takes, for the memory of a second worker.
   * @default false
   */
  readonly keepsSpare?: boolean;
}

/** Required, not imported: a thread does not wait for what is imported. */
const FAST_ENTRY = programFile("worker", "enter-fast");
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 5000;
/** A worker that lived this long, or began a step, is not part of a crash loop; a step that kills it is given up in time. */
const STABLE_MS = 10_000;
/** So often killed before one ever polled: it will not come to that. */
const DEATHS_AT_START = 5;
const STOP_TIMEOUT_MS = 20_000;

/**
 * Starts a worker in a child process and keeps one alive. When it dies, what it left is cleaned up at once (child
 * processes killed, its activities given back to the server) instead of after their heartbeat timeouts.
 */
export function startSupervisedWorker(config: WorkerConfig, options: SupervisorOptions = {}): SupervisedWorker {
  const running = new Map<string, RunningActivity>();
  let stopping = false;
  let deaths = 0;
  let pauseMs = FIRST_PAUSE_MS;
  let child: ChildProcess;
  let gone: Promise<void>;
  let restart: NodeJS.Timeout | undefined;

  const first = Promise.withResolvers<void>();
  first.promise.catch(() => undefined);

  const spare = options.keepsSpare ? keepSpare(() => tell(forkWorker(config), { type: "prepare", config })) : undefined;

  const launch = () => {
    const startedAtMs = Date.now();
    const worker = tell(spare?.take() ?? forkWorker(config), { type: "work", config });
    child = worker;
    let polled = false;
    let worked = false;
    const watch = watchHang(worker);
    let reason: string | undefined;
    worker.on("message", (message: WorkerMessage) => {
      watch.alive();
      if (message.type === "ready") {
        polled = true;
        first.resolve();
        spare?.prepare();
        // What the server handed to the dead one in its last moment.
        if (deaths > 0) void releaseRuns(config);
      } else if (message.type === "failed") reason = message.message;
      else if (message.type === "ended") running.delete(keyOf(message.activity));
      else if (message.type === "begun") {
        worked = true;
        running.set(keyOf(message.activity), message.activity);
      }
    });
    gone = new Promise((resolve) => {
      worker.once("exit", (code, signal) => {
        watch.end();
        killOrphans(config.stateDir, worker.pid as number);
        const hit = new Set([...running.values()].map(({ workflowId }) => workflowId));
        running.clear();
        if (stopping) {
          // It has died while it drained.
          void (hit.size > 0 && code !== 0 ? releaseRuns(config, hit) : Promise.resolve()).then(resolve);
          return;
        }
        resolve();
        deaths += 1;
        // Somebody's kill says nothing of whether it can start; a worker that ends by itself cannot.
        if (!polled && (signal === null || deaths === DEATHS_AT_START))
          first.reject(new Error(reason ?? "it ended before it polled"));
        options.onCrash?.({
          pid: worker.pid as number,
          signal,
          code,
          ...(reason === undefined ? {} : { reason }),
        });
        if (worked || Date.now() - startedAtMs > STABLE_MS) pauseMs = FIRST_PAUSE_MS;
        restart = setTimeout(launch, pauseMs);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
        void releaseRuns(config, hit);
      });
    });
  };
  openStateDir(config.stateDir);
  killAllOrphans(config.stateDir);
  void releaseRuns(config);
  launch();

  const replaceNoMore = () => {
    stopping = true;
    clearTimeout(restart);
    spare?.end();
  };
  return {
    get pid() {
      return child.pid as number;
    },
    ready: first.promise,
    get underWay() {
      return [...running.values()];
    },
    async drain() {
      replaceNoMore();
      if (child.connected) tell(child, { type: "drain" });
      await gone;
    },
    async stop() {
      replaceNoMore();
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await gone;
      clearTimeout(force);
    },
  };
}

function tell(worker: ChildProcess, command: WorkerCommand): ChildProcess {
  worker.send(command);
  return worker;
}

function forkWorker({ fast }: WorkerConfig): ChildProcess {
  const compiled = getCompileCacheDir();
  return fork(programFile("worker", "worker-main"), [], {
    execArgv: fast ? [...process.execArgv, "--require", FAST_ENTRY] : process.execArgv,
    // A start takes a fifth less time where the code is compiled already.
    env: { ...process.env, ...(compiled === undefined ? {} : { NODE_COMPILE_CACHE: compiled }) },
    serialization: "json",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}

function keyOf({ runId, activityId }: RunningActivity): string {
  return `${runId}/${activityId}`;
}
