import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort } from "../src/server/free-port.ts";
import { prepareNamespace } from "../src/server/prepare-namespace.ts";
import { probeTcp } from "../src/server/probe-tcp.ts";
import { startDevServer } from "../src/server/start-dev-server.ts";

/** A server of the bench. */
export interface BenchServer {
  readonly address: string;
  close(): Promise<void>;
}

/** The local server with our settings, on a database file. */
export async function startOurs(cliPath: string): Promise<BenchServer> {
  const dir = mkdtempSync(join(tmpdir(), "aiworkflow-bench-"));
  const server = await startDevServer({ cliPath, dbFile: join(dir, "temporal.db"), logFile: join(dir, "log") });
  await prepareNamespace(server.address);
  return { address: server.address, close: () => end(server.process, dir) };
}

/** `temporal server start-dev` as it comes, on a database file. */
export async function startStock(cliPath: string): Promise<BenchServer> {
  const dir = mkdtempSync(join(tmpdir(), "aiworkflow-bench-"));
  const address = `127.0.0.1:${await findFreePort(7500)}`;
  const args = ["server", "start-dev", "--headless", "--port", address.split(":")[1] as string];
  const child = spawn(cliPath, [...args, "--db-filename", join(dir, "temporal.db"), "--log-level", "error"], {
    stdio: "ignore",
  });
  while (!(await probeTcp(address, 200))) await sleep(50);
  for (let tries = 0; tries < 50; tries += 1) {
    if (
      await prepareNamespace(address).then(
        () => true,
        () => false,
      )
    )
      break;
    await sleep(100);
  }
  return { address, close: () => end(child, dir) };
}

async function end(child: ReturnType<typeof spawn>, dir: string): Promise<void> {
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGKILL");
  await ended;
  rmSync(dir, { recursive: true, force: true });
}
