import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withFileLock } from "./file-lock.ts";
import { cacheFolder } from "./find-temporal-cli.ts";
import { findFreePort, isPortFree } from "./free-port.ts";
import { findPortHolder } from "./port-holder.ts";
import { probeTcp } from "./probe-tcp.ts";
import { serverError } from "./server-error.ts";
import { readServerFlags } from "./server-settings.ts";

/** A running `temporal server start-dev`. */
export interface DevServer {
  /** `host:port` of the gRPC front end. */
  readonly address: string;
  readonly uiUrl: string;
  readonly pid: number;
  readonly process: ChildProcess;
}

/** How to start it. */
export interface DevServerOptions {
  readonly cliPath: string;
  readonly dbFile: string;
  readonly logFile: string;
  /** Must be this one. @default 7333 or the next free port */
  readonly port?: number;
  /** Must be this one. @default the port plus 1000, or the next free port */
  readonly uiPort?: number;
}

const HOST = "127.0.0.1";
/** Not 7233: that one is the address of a server which the user runs for everything. */
const DEFAULT_PORT = 7333;
const READY_TIMEOUT_MS = 30_000;
const PROBE_EVERY_MS = 15;

/**
 * Starts the local server on its database file and waits until it answers. Throws `DiagnosticError` `server/port-in-use`
 * or `server/did-not-start`.
 */
export function startDevServer(options: DevServerOptions): Promise<DevServer> {
  // From the choice of a port until it is bound; of two servers that chose the same one, both would seem to answer.
  return withFileLock(join(privateFolder(), "ports.lock"), {}, () => start(options));
}

/** A folder that only this user writes to: in one for all, another user's file may lie. A user of a container may have none. */
function privateFolder(): string {
  const folder = cacheFolder(process.env);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return folder;
  } catch {
    const own = join(tmpdir(), `aiworkflow-${process.getuid?.() ?? userInfo().username}`);
    mkdirSync(own, { recursive: true, mode: 0o700 });
    return own;
  }
}

async function start(options: DevServerOptions): Promise<DevServer> {
  const port = await choosePort(options.port, DEFAULT_PORT);
  const uiPort = await choosePort(options.uiPort, port + 1000);
  const log = openSync(options.logFile, "a");
  const child = spawn(
    options.cliPath,
    [
      ["server", "start-dev", "--ip", HOST, "--port", String(port), "--ui-ip", HOST, "--ui-port", String(uiPort)],
      ["--db-filename", options.dbFile, "--log-level", "warn", "--namespace", "default"],
      readServerFlags(),
    ].flat(),
    { stdio: ["ignore", log, log], detached: false },
  );
  closeSync(log);
  let ended: string | undefined;
  child.once("error", (error) => (ended = error.message));
  child.once("exit", (code, signal) => (ended ??= `it ended with ${code ?? signal}`));
  const address = `${HOST}:${port}`;
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const answered = await answers(address);
    if (ended !== undefined || Date.now() > deadline) {
      child.kill("SIGKILL");
      throw serverError(
        "server/did-not-start",
        `the Temporal server did not start: ${ended ?? "no answer within 30 s"}: ${tailOf(options.logFile)}`,
        `see ${options.logFile}; a damaged database file can be moved away, its runs are then lost`,
      );
    }
    if (answered) break;
    await sleep(PROBE_EVERY_MS);
  }
  return { address, uiUrl: `http://${HOST}:${uiPort}`, pid: child.pid as number, process: child };
}

/** The front end listens before it serves, so a connection alone is not an answer. */
async function answers(address: string): Promise<boolean> {
  if (!(await probeTcp(address, 200))) return false;
  const { Connection } = await import("@temporalio/client");
  const connection = await Connection.connect({ address, connectTimeout: "1s" }).catch(() => undefined);
  if (connection === undefined) return false;
  try {
    await connection.withDeadline(Date.now() + 1000, () =>
      connection.workflowService.describeNamespace({ namespace: "default" }),
    );
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

async function choosePort(fixed: number | undefined, wanted: number): Promise<number> {
  if (fixed === undefined || fixed === 0) return findFreePort(fixed ?? wanted);
  if (await isPortFree(fixed)) return fixed;
  const holder = findPortHolder(fixed);
  throw serverError(
    "server/port-in-use",
    `port ${fixed} is in use${holder === undefined ? "" : ` by ${holder}`}`,
    "choose another port, or leave the port out and the next free one is taken",
  );
}

function tailOf(file: string): string {
  try {
    return readFileSync(file, "utf8").trim().slice(-400);
  } catch {
    return "";
  }
}
