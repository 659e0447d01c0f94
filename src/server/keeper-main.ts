// Entry of the keeper: a detached process that owns a project's server, restarts it when it dies, and ends it when no
// process holds a lease on it any more.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Diagnostic, DiagnosticError } from "../diagnostics/diagnostic.ts";
import { readProcessStat } from "../system/is-alive.ts";
import { withFileLock } from "./file-lock.ts";
import { listLeases } from "./leases.ts";
import { prepareNamespace } from "./prepare-namespace.ts";
import { serverError } from "./server-error.ts";
import { removeServerNote, type ServerNote, writeServerNote } from "./server-note.ts";
import { type DevServer, startDevServer } from "./start-dev-server.ts";

/** What the keeper is told. */
export interface KeeperRequest {
  readonly cliPath: string;
  readonly stateDir: string;
  readonly port: number | undefined;
  readonly uiPort: number | undefined;
}

/** What the keeper answers, once. */
export type KeeperMessage =
  | { readonly type: "ready"; readonly note: ServerNote }
  | { readonly type: "failed"; readonly diagnostics: readonly Diagnostic[] };

const CHECK_EVERY_MS = 400;
/** In which a keeper that ends has ended. */
const LAST_KEEPER_MS = 5000;
const STOP_TIMEOUT_MS = 10_000;

process.once("message", (request: KeeperRequest) => void keep(request));
// A Ctrl-C in the terminal is meant for the command, not for the server that others may use.
process.on("SIGINT", () => undefined);

/**
 * One server has a database, also where containers, or a container and its host, share the folder: their pids say nothing of each
 * other.
 */
async function keep(request: KeeperRequest): Promise<void> {
  const refuse = () =>
    serverError(
      "server/used-elsewhere",
      `a local server in another container, or outside of this one, uses the database in ${request.stateDir}`,
      "give the address of that server with --address or TEMPORAL_ADDRESS, or end there what uses it",
    );
  const options = { patience: { ms: LAST_KEEPER_MS, refuse } };
  try {
    await withFileLock(join(request.stateDir, "database.lock"), options, () => serve(request));
  } catch (error) {
    answer({ type: "failed", diagnostics: diagnosticsOf(error) });
    process.exit(1);
  }
}

async function serve(request: KeeperRequest): Promise<never> {
  let server = await start(request);
  await prepareNamespace(server.address);
  let written = noteOf(request, server);
  writeServerNote(request.stateDir, written);
  answer({ type: "ready", note: written });
  for (;;) {
    await sleep(CHECK_EVERY_MS);
    if (server.process.exitCode !== null || server.process.signalCode !== null) {
      server = await restart(request, server);
      written = noteOf(request, server);
      writeServerNote(request.stateDir, written);
    }
    if (isUsed(request)) continue;
    const end = async () => {
      // A client takes its lease before it reads the note; with the note gone first, either it finds no server or we
      // find its lease.
      removeServerNote(request.stateDir);
      if (isUsed(request)) return writeServerNote(request.stateDir, written);
      await stop(server);
      process.exit(0);
    };
    // Under the lock, so that nobody starts another server on the same database; a folder that is gone has no lock.
    await withFileLock(join(request.stateDir, "server.lock"), {}, end).catch(end);
  }
}

function isUsed({ stateDir }: KeeperRequest): boolean {
  return listLeases(join(stateDir, "clients")).length > 0;
}

function start({ cliPath, stateDir, port, uiPort }: KeeperRequest): Promise<DevServer> {
  const files = { dbFile: join(stateDir, "temporal.db"), logFile: join(stateDir, "temporal.log") };
  return startDevServer({
    cliPath,
    ...files,
    ...(port === undefined ? {} : { port }),
    ...(uiPort === undefined ? {} : { uiPort }),
  });
}

/** The same ports again: clients and workers reconnect to them. */
async function restart(request: KeeperRequest, dead: DevServer): Promise<DevServer> {
  const ports = { port: Number(dead.address.split(":").at(-1)), uiPort: Number(dead.uiUrl.split(":").at(-1)) };
  return start({ ...request, ...ports }).catch(() => dead);
}

async function stop(server: DevServer): Promise<void> {
  server.process.kill("SIGTERM");
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (server.process.exitCode === null && server.process.signalCode === null && Date.now() < deadline)
    await sleep(20);
  server.process.kill("SIGKILL");
}

function noteOf({ cliPath: cli }: KeeperRequest, { address, uiUrl, pid }: DevServer): ServerNote {
  return {
    address,
    uiUrl,
    namespace: "default",
    cli,
    pid,
    pidStart: readProcessStat(pid)?.startTime,
    keeperStart: readProcessStat(process.pid)?.startTime,
    keeperPid: process.pid,
    startedAt: new Date().toISOString(),
  };
}

function answer(message: KeeperMessage): void {
  if (process.connected) process.send?.(message);
}

function diagnosticsOf(error: unknown): readonly Diagnostic[] {
  if (error instanceof DiagnosticError) return error.diagnostics;
  const message = error instanceof Error ? error.message : String(error);
  return [{ code: "server/did-not-start", severity: "error", message, hint: "see .aiworkflow/temporal.log" }];
}
