import { createHash } from "node:crypto";
import { join } from "node:path";
import { ownStoreDir } from "../artifacts/own-store-dir.ts";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import type { WorkerConfig } from "../worker/create-worker.ts";
import type { SupervisedWorker } from "../worker/supervisor.ts";
import { letWorkerEnd } from "./let-worker-end.ts";
import type { Output } from "./output.ts";

/** Who works for the runs of a command. */
export interface SessionWorker {
  /** Resolves when somebody works. */
  readonly ready: Promise<void>;
  /** Does this command work itself? */
  readonly isOwn: boolean;
  /** From here on steps begin, where so far runs have only answered. */
  beginSteps(): Promise<void>;
  /** Steps under way do not end before the command does: they are broken off. */
  breakOff(): void;
  /** Takes nothing more; lets the steps under way end, which may be those of other runs. */
  close(): Promise<void>;
}

/** Who is to work. */
export interface SessionWorkerOptions {
  readonly config: Omit<WorkerConfig, "beginsNoSteps">;
  readonly out: Output;
  /** Trust the worker of another process while there is one. */
  readonly mayTrustOthers: boolean;
  /** Others may trust this worker to stay. */
  readonly staying: boolean;
  /** Runs only answer until `beginSteps`. */
  readonly onlyAnswers: boolean;
  /** Names of workers on other machines that take steps from the queue. @default there are none */
  readonly listElsewhere?: () => Promise<readonly string[]>;
}

/** What a command that begins no steps says where the run could go on now. */
export const NOBODY_STAYS = "No worker stays: go on with `aiworkflow dev`.";

/** Workers that are not this command's. */
interface Others {
  readonly areHere: boolean;
  /** Those elsewhere. */
  readonly names: readonly string[];
}

const LOOK_HERE_EVERY_MS = 500;
const LOOK_ELSEWHERE_EVERY_MS = 5000;

/**
 * Starts a worker, or trusts those that others keep for the same queue, on this machine or elsewhere: a command never takes the
 * work of a cluster's workers. When the last of them is gone, it works itself: a run that somebody follows never stands
 * still because another terminal was closed.
 */
export async function openSessionWorker(options: SessionWorkerOptions): Promise<SessionWorker> {
  const { config, out, mayTrustOthers, staying, listElsewhere = () => Promise.resolve([]) } = options;
  const { listLeases, takeLease } = await import("../server/leases.ts");
  const folder = leasesOf(config);
  const hurry = new AbortController();
  const ending: Promise<void>[] = [];
  let onlyAnswers = options.onlyAnswers;
  let own: SupervisedWorker | undefined;
  let changing = Promise.resolve();
  let next: NodeJS.Timeout | undefined;
  let isClosed = false;
  const start = async () => {
    const { startSupervisedWorker } = await import("../worker/supervisor.ts");
    own = startSupervisedWorker(onlyAnswers ? { ...config, beginsNoSteps: true } : config, {
      keepsSpare: staying,
      onCrash: ({ pid, signal, code, reason }) =>
        out.note(`The worker (pid ${pid}) died (${reason ?? signal ?? code}); a new one takes over.`),
    });
    return own;
  };
  const end = (worker: SupervisedWorker) => ending.push(letWorkerEnd(worker, { out, hurry: hurry.signal }));
  const findOthers = async (): Promise<Others | undefined> => {
    if (listLeases(folder).length > 0) return { areHere: true, names: [] };
    const names = await listElsewhere();
    return names.length === 0 ? undefined : { areHere: false, names };
  };
  const trust = (others: Others) => {
    const look = async () => {
      // A server that does not answer says nothing of who works.
      const still = await findOthers().catch(() => others);
      if (isClosed) return;
      if (still !== undefined) return trust(still);
      const who = onlyAnswers ? "the run goes on with `aiworkflow dev`" : "this command works itself from here on";
      out.note(`The worker of another process is gone; ${who}.`);
      await start();
    };
    const timer = () => (changing = changing.then(look));
    next = setTimeout(timer, others.areHere ? LOOK_HERE_EVERY_MS : LOOK_ELSEWHERE_EVERY_MS);
    next.unref();
  };
  const startOrTrust = async () => {
    const others = mayTrustOthers ? await findOthers() : undefined;
    if (others === undefined) return start();
    if (!onlyAnswers && !others.areHere)
      out.note(`Workers elsewhere take the steps (${others.names.join(", ")}); this command follows.`);
    trust(others);
    return undefined;
  };
  const beginSteps = async () => {
    const answering = own;
    onlyAnswers = false;
    own = undefined;
    clearTimeout(next);
    try {
      const worker = await startOrTrust();
      await whenReady(worker);
    } finally {
      if (answering !== undefined) end(answering);
    }
  };
  await startOrTrust();
  const lease = staying ? takeLease(folder) : undefined;
  return {
    get ready() {
      return whenReady(own);
    },
    get isOwn() {
      return own !== undefined;
    },
    beginSteps: () => (onlyAnswers ? (changing = changing.then(beginSteps)) : changing),
    breakOff: () => hurry.abort(),
    async close() {
      isClosed = true;
      clearTimeout(next);
      lease?.release();
      await changing.catch(() => undefined);
      if (own !== undefined) end(own);
      await Promise.all(ending);
    },
  };
}

/** Throws `DiagnosticError` `server/worker-failed`. */
async function whenReady(worker: SupervisedWorker | undefined): Promise<void> {
  await worker?.ready.catch((error: Error) => {
    const message = `the worker of this command did not start: ${error.message}`;
    throw new DiagnosticError([createDiagnostic({ code: "server/worker-failed", message })]);
  });
}

/** Workers of one queue on one server, with one artifact store; a worker of another one is of no use to a command. */
function leasesOf({ stateDir, address, namespace, taskQueue = "", storeDir }: SessionWorkerOptions["config"]): string {
  const isOwnStore = storeDir === undefined || storeDir === ownStoreDir(stateDir);
  const store = isOwnStore ? [] : [createHash("sha256").update(storeDir).digest("hex").slice(0, 16)];
  return join(stateDir, "workers", encodeURIComponent([address, namespace, taskQueue, ...store].join(" ")));
}
