import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort } from "../../src/server/free-port.ts";
import { loadOther, type Other } from "./other.ts";

interface RestateContext {
  run(name: string, step: () => Promise<null>): Promise<null>;
}

interface RestateSdk {
  service(definition: {
    readonly name: string;
    readonly handlers: { readonly sequence: (ctx: RestateContext, steps: number) => Promise<void> };
  }): unknown;
  serve(options: { readonly services: readonly unknown[]; readonly port: number }): Promise<number>;
}

const READY_TIMEOUT_MS = 30_000;

/** A Restate server on this machine, with a service in this process. */
export async function startRestate(): Promise<Other> {
  const sdk = loadOther("@restatedev/restate-sdk") as RestateSdk;
  const folder = process.env["BENCH_OTHERS"] as string;
  const dir = mkdtempSync(join(tmpdir(), "aiworkflow-bench-"));
  const [ingress, admin, node, port] = await findPorts();
  const sequence = async (ctx: RestateContext, steps: number) => {
    for (let index = 0; index < steps; index += 1) await ctx.run(`step_${index}`, () => Promise.resolve(null));
  };
  await sdk.serve({ services: [sdk.service({ name: "bench", handlers: { sequence } })], port });
  const server = spawn(join(folder, "node_modules/.bin/restate-server"), ["--base-dir", dir], {
    stdio: "ignore",
    detached: true,
    env: {
      ...process.env,
      RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
      RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_LOG_FILTER: "error",
    },
  });
  const gone = new Promise((done) => server.once("exit", done));
  const close = async () => {
    // The package's program is a script around the server.
    if (server.exitCode === null) process.kill(-(server.pid as number), "SIGKILL");
    await gone;
    rmSync(dir, { recursive: true, force: true });
  };
  const call = async (base: number, path: string, body: unknown) => {
    const answer = await fetch(`http://127.0.0.1:${base}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`restate ${path}: ${answer.status} ${await answer.text()}`);
  };
  try {
    const until = Date.now() + READY_TIMEOUT_MS;
    for (;;) {
      const failed = await call(admin, "/deployments", { uri: `http://127.0.0.1:${port}` }).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failed === undefined) break;
      if (Date.now() > until) throw failed;
      await sleep(100);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async runSequence(steps) {
      const startedAt = performance.now();
      await call(ingress, "/bench/sequence", steps);
      return performance.now() - startedAt;
    },
    close,
  };
}

async function findPorts(): Promise<readonly [number, number, number, number]> {
  const ingress = await findFreePort(18_080);
  const admin = await findFreePort(ingress + 1);
  const node = await findFreePort(admin + 1);
  return [ingress, admin, node, await findFreePort(node + 1)];
}
