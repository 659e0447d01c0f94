import { fork } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BUNDLE_FILE } from "../src/worker/workflow-bundle.ts";
import type { Bench } from "./bench.ts";
import { figureRow, ratioRow, type Row } from "./row.ts";
import { pairs } from "./statistics.ts";
import { startWorkerChild, type WorkerOrder } from "./worker-child.ts";
import type { WorkerCommand } from "../src/worker/worker-message.ts";

const bundleFile = resolve("dist", BUNDLE_FILE);
const MEGABYTE = 1024 * 1024;

/** From the fork of a worker to its first poll, with the prebuilt bundle and with bundling at the start. */
export async function compareStart({ server: { address }, pairs: count }: Bench): Promise<readonly Row[]> {
  const start = (bundle: WorkerOrder["bundle"]) => async () => {
    const worker = await startWorkerChild({ address, taskQueue: "starts", bundle });
    await worker.kill();
    return worker.startMs;
  };
  const found = await pairs(
    count,
    start({ codePath: bundleFile }),
    start({ workflowsPath: resolve("src/workflows/interpreter.ts") }),
  );
  const ours: number[] = [];
  for (let index = 0; index < count; index += 1) ours.push(await startPackaged(address));
  return [
    ratioRow("worker ready with the prebuilt bundle", "`workflowsPath`", {
      values: found.map(({ a, b }) => a / b),
      atMost: 0.45,
    }),
    figureRow("worker of the package ready, process and all", "", { values: ours, unit: "ms", atMost: 600 }),
    figureRow("size of the bundle", "", { values: [statSync(bundleFile).size / MEGABYTE], unit: "MB", atMost: 2 }),
  ];
}

function startPackaged(address: string): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), "aiworkflow-bench-"));
  return new Promise((done, fail) => {
    const startedAt = performance.now();
    const child = fork(resolve("dist/worker/worker-main.js"), [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const config = { address, namespace: "default", taskQueue: "starts", projectDir: dir, stateDir: dir };
    child.send({ type: "work", config } satisfies WorkerCommand);
    child.on("message", ({ type, message }: { type: string; message?: string }) => {
      const ms = performance.now() - startedAt;
      child.once("exit", () => {
        rmSync(dir, { recursive: true, force: true });
        if (type === "ready") done(ms);
        else fail(new Error(message));
      });
      child.kill("SIGKILL");
    });
  });
}
