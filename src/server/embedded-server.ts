import { fork } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { isAlive, readProcessStat } from "../system/is-alive.ts";
import { openStateDir } from "../system/open-state-dir.ts";
import { programFile } from "../system/package-root.ts";
import { withFileLock } from "./file-lock.ts";
import { findTemporalCli } from "./find-temporal-cli.ts";
import type { KeeperMessage, KeeperRequest } from "./keeper-main.ts";
import { takeLease } from "./leases.ts";
import { probeTcp } from "./probe-tcp.ts";
import { serverError } from "./server-error.ts";
import { findLivingServer, readServerNote, type ServerNote } from "./server-note.ts";

/** How to use the project's own server. */
export interface EmbeddedOptions {
  /** `.aiworkflow` of the project. */
  readonly stateDir: string;
  readonly port?: number;
  readonly uiPort?: number;
  readonly onProgress?: (message: string) => void;
}

/** The project's own server, in use by this process until released. */
export interface EmbeddedServer {
  readonly address: string;
  readonly uiUrl: string;
  readonly namespace: string;
  /** Path of the Temporal CLI that it runs with. */
  readonly cli: string;
  /** False where another process had started it. */
  readonly started: boolean;
  release(): void;
}

const PROBE_TIMEOUT_MS = 3000;
/** In which a keeper starts a server that has died. */
const RESTART_MS = 35_000;
const STOP_TIMEOUT_MS = 10_000;

/** Folder of the leases that keep a project's server alive. */
function clientsDir(stateDir: string): string {
  return join(stateDir, "clients");
}

/**
 * Uses the project's server, starting it where it does not live. It ends by itself about a second after the last process
 * that uses it has ended, however that ended. Throws `DiagnosticError` `server/…`.
 */
export async function useEmbeddedServer(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const { stateDir } = options;
  openStateDir(stateDir);
  const lease = takeLease(clientsDir(stateDir));
  const onWait = () => options.onProgress?.("another command starts the local server, or ends it; waiting");
  try {
    const alive = await findLivingServer(stateDir);
    const [note, started] =
      alive === undefined
        ? await withFileLock(join(stateDir, "server.lock"), { onWait }, async () => {
            const meanwhile = (await findLivingServer(stateDir)) ?? (await awaitKeeper(stateDir));
            return meanwhile === undefined ? ([await launch(options), true] as const) : ([meanwhile, false] as const);
          })
        : ([alive, false] as const);
    return { ...note, started, release: () => lease.release() };
  } catch (error) {
    lease.release();
    throw error;
  }
}

async function launch(options: EmbeddedOptions): Promise<ServerNote> {
  const { stateDir, onProgress = () => undefined, port, uiPort } = options;
  await endUnkept(stateDir);
  const { path } = await findTemporalCli({ env: process.env, onProgress });
  const keeper = fork(programFile("server", "keeper-main"), [], {
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    serialization: "json",
  });
  const request: KeeperRequest = { cliPath: path, stateDir, port, uiPort };
  keeper.send(request);
  const answer = await new Promise<KeeperMessage>((resolve) => {
    keeper.once("message", (message: KeeperMessage) => resolve(message));
    keeper.once("exit", (code) =>
      resolve({
        type: "failed",
        diagnostics: serverError(
          "server/did-not-start",
          `the keeper of the server ended with ${code}`,
          "see .aiworkflow/temporal.log",
        ).diagnostics,
      }),
    );
  });
  if (keeper.connected) keeper.disconnect();
  keeper.unref();
  if (answer.type === "ready") return answer.note;
  throw new DiagnosticError(answer.diagnostics);
}

/**
 * A keeper whose server has died starts it again: a second one must not open the same database meanwhile. One that does not manage to
 * is ended.
 */
async function awaitKeeper(stateDir: string): Promise<ServerNote | undefined> {
  const deadline = Date.now() + RESTART_MS;
  for (;;) {
    const note = readServerNote(stateDir);
    if (note?.keeperStart === undefined || readProcessStat(note.keeperPid)?.startTime !== note.keeperStart)
      return undefined;
    const alive = await findLivingServer(stateDir);
    if (alive !== undefined) return alive;
    if (Date.now() > deadline) process.kill(note.keeperPid, "SIGKILL");
    await sleep(100);
  }
}

/**
 * A server whose keeper was killed holds the database file; it is ended before another one starts. A process that has its
 * pid by now, but began at another time or does not listen where the server did, is none of ours.
 */
async function endUnkept(stateDir: string): Promise<void> {
  const old = readServerNote(stateDir);
  if (old === undefined || !isAlive(old.pid) || isAlive(old.keeperPid)) return;
  if (readProcessStat(old.pid)?.startTime !== old.pidStart || !(await probeTcp(old.address, PROBE_TIMEOUT_MS))) return;
  process.kill(old.pid, "SIGTERM");
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (isAlive(old.pid) && Date.now() < deadline) await sleep(20);
  if (isAlive(old.pid)) process.kill(old.pid, "SIGKILL");
}
