// A worker in a process of its own, for what can only be measured so: memory, start, and a worker that was started in another
// way. It tells its parent when it polls, and answers what it is asked.
import { readFileSync } from "node:fs";
import { NativeConnection, Worker } from "@temporalio/worker";
import { collectInThreads } from "./collect-garbage.ts";
import type { Asked, WorkerOrder } from "./worker-child.ts";
import { installRuntime, WORKER_OPTIONS } from "./worker-options.ts";

process.once("message", (order: WorkerOrder) => {
  start(order).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});

async function start({ address, taskQueue, bundle }: WorkerOrder): Promise<void> {
  installRuntime();
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    ...WORKER_OPTIONS,
    connection,
    taskQueue,
    maxCachedWorkflows: 5000,
    ...("workflowsPath" in bundle ? bundle : { workflowBundle: bundle }),
  });
  process.on("message", (asked: Asked) => {
    void answer(asked).then((value) => process.send?.({ value }));
  });
  const running = worker.run();
  process.send?.({ value: 0 });
  await running;
}

async function answer(asked: Asked): Promise<number> {
  if (asked.what === "cpu") {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
  if (asked.what !== "replay") {
    // Workflows live in the heap of another thread.
    await collectInThreads();
    globalThis.gc?.();
    return process.memoryUsage.rss();
  }
  const history: unknown = JSON.parse(readFileSync(asked.history, "utf8"));
  const startedAt = performance.now();
  await Worker.runReplayHistory({ workflowBundle: { codePath: asked.codePath } }, history);
  return performance.now() - startedAt;
}
