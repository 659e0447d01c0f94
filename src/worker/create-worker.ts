// The one place that wires a worker: bundle, activities, resources. May import every room but client and cli.
// `supervisor.ts` keeps one alive in a child process (`worker-main.ts`). Start here.
import { NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { type ActivityObserver, createActivities } from "../activities/create-activities.ts";
import { openArtifactStore } from "../artifacts/artifact-store.ts";
import { ownStoreDir } from "../artifacts/own-store-dir.ts";
import { type Ledger, openLedger } from "../ledger/open-ledger.ts";
import { TASK_QUEUE } from "../plan/messages.ts";
import type { ServerAccess } from "../plan/server-access.ts";
import { connectionOptionsOf } from "./connection-options.ts";
import { workerIdentity } from "./worker-identity.ts";
import { createWorkerLog } from "./worker-log.ts";
import { findWorkflowBundle } from "./workflow-bundle.ts";

/** Where a worker works and with what. Plain data: it crosses a process boundary. */
export interface WorkerConfig {
  readonly address: string;
  readonly namespace: string;
  /** @default "aiworkflow" */
  readonly taskQueue?: string;
  readonly access?: ServerAccess;
  readonly projectDir: string;
  readonly stateDir: string;
  /** Folder of the artifact store; workers on several machines share one. @default `<stateDir>/artifacts` */
  readonly storeDir?: string;
  /** Moves workflows, with what happens inside of their tasks, but takes no activity of a queue. @default false */
  readonly beginsNoSteps?: boolean;
  /** Enters workflows without the SDK's guard against code that never returns; see `enter-fast.ts`. @default false */
  readonly fast?: boolean;
}

/** A worker that shuts down lets activities end; whether they are broken off is not for the SDK to say. */
const LONGER_THAN_ANY_STEP = "365d";
/** A cancel reaches a step with the answer to a heartbeat: it takes as long as this at most. */
const HEARTBEAT_THROTTLE_MS = 700;

/** How many runs a worker keeps in memory; 0 replays each from its history at every turn, which finds what replay would break. */
const CACHE_VARIABLE = "AIWORKFLOW_CACHED_RUNS";

function cacheOptions(text: string | undefined): { readonly maxCachedWorkflows?: number } {
  const count = Number(text ?? "");
  return text === undefined || !Number.isSafeInteger(count) || count < 0 ? {} : { maxCachedWorkflows: count };
}

/** The artifact folder of a project. */
export function storeDirOf(config: Pick<WorkerConfig, "storeDir" | "stateDir">): string {
  return config.storeDir ?? ownStoreDir(config.stateDir);
}

/** A worker with what its owner needs to end it. */
export interface CreatedWorker {
  readonly worker: Worker;
  /** To be closed after the worker has stopped. */
  readonly connection: NativeConnection;
  /** Breaks off the activities under way, which a worker that shuts down lets end. */
  readonly breakOff: AbortController;
}

/** Connects and creates a worker, not yet running. */
export async function createWorker(config: WorkerConfig, observer?: ActivityObserver): Promise<CreatedWorker> {
  // Which signal ends a worker is for its process to say: the SDK would take Ctrl-C for one.
  Runtime.install({ logger: createWorkerLog(), shutdownSignals: [] });
  const options = { address: config.address, ...connectionOptionsOf(config.access ?? {}) };
  const [connection, codePath] = await Promise.all([NativeConnection.connect(options), findWorkflowBundle()]);
  const storeDir = storeDirOf(config);
  const breakOff = new AbortController();
  let ledger: Ledger | undefined;
  const resources = {
    store: openArtifactStore(storeDir),
    ledger: () => (ledger ??= openLedger(storeDir)),
    env: process.env,
    projectDir: config.projectDir,
    stateDir: config.stateDir,
    breakOff: breakOff.signal,
  };
  const worker = await Worker.create({
    connection,
    identity: workerIdentity,
    namespace: config.namespace,
    taskQueue: config.taskQueue ?? TASK_QUEUE,
    workflowBundle: { codePath },
    activities: createActivities(resources, observer),
    enableNonLocalActivities: config.beginsNoSteps !== true,
    ...cacheOptions(process.env[CACHE_VARIABLE]),
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE_MS,
    stickyQueueScheduleToStartTimeout: "2s",
    shutdownGraceTime: LONGER_THAN_ANY_STEP,
  });
  return { worker, connection, breakOff };
}
