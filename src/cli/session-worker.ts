import { join } from "node:path";
import type { WorkerConfig } from "../worker/create-worker.ts";
import type { Output } from "./output.ts";

/** Who works for the runs of a command. */
export interface SessionWorker {
  /** Resolves when somebody works. */
  readonly ready: Promise<void>;
  /** Does this command work itself? */
  readonly isOwn: boolean;
  close(): Promise<void>;
}

/** Who is to work. */
export interface SessionWorkerOptions {
  readonly config: WorkerConfig;
  readonly out: Output;
  /** Trust the worker of another process while there is one. */
  readonly mayTrustOthers: boolean;
  /** Others may trust this worker to stay. */
  readonly staying: boolean;
}

/** What a command that begins no steps says where the run could go on now. */
export const NOBODY_STAYS = "No worker stays: go on with `aiworkflow dev`.";

const LOOK_EVERY_MS = 500;

/**
 * Starts a worker, or trusts those that others of this machine keep for the same queue. When the last of them is gone, this
 * command works itself: a run that somebody follows never stands still because another terminal was closed.
 */
export async function openSessionWorker(options: SessionWorkerOptions): Promise<SessionWorker> {
  const { config, out, mayTrustOthers, staying } = options;
  const { listLeases, takeLease } = await import("../server/leases.ts");
  const folder = leasesOf(config);
  const start = async () => {
    const { startSupervisedWorker } = await import("../worker/supervisor.ts");
    return startSupervisedWorker(config, {
      keepsSpare: staying,
      onCrash: ({ pid, signal, code }) =>
        out.note(`The worker (pid ${pid}) died (${signal ?? code}); a new one takes over.`),
    });
  };
  if (!mayTrustOthers || listLeases(folder).length === 0) {
    const own = await start();
    const lease = staying ? takeLease(folder) : undefined;
    return {
      ready: own.ready,
      isOwn: true,
      async close() {
        lease?.release();
        await own.stop();
      },
    };
  }
  let own: ReturnType<typeof start> | undefined;
  const look = setInterval(() => {
    if (listLeases(folder).length > 0) return;
    clearInterval(look);
    out.note("The worker of another process is gone; this command works itself from here on.");
    own = start();
  }, LOOK_EVERY_MS);
  look.unref();
  return {
    ready: Promise.resolve(),
    get isOwn() {
      return own !== undefined;
    },
    async close() {
      clearInterval(look);
      await (await own)?.stop();
    },
  };
}

/** Workers of one queue on one server; a worker of another server is of no use to a command. */
function leasesOf({ stateDir, address, namespace, taskQueue = "" }: WorkerConfig): string {
  return join(stateDir, "workers", encodeURIComponent([address, namespace, taskQueue].join(" ")));
}
