// Entry of the worker's process, a child of its supervisor: reads its configuration from the first message, tells when
// it polls and which activities are under way, and dies with its parent.
import { closeTools } from "../tools/close-tools.ts";
import { createWorker, type WorkerConfig } from "./create-worker.ts";
import type { WorkerMessage } from "./worker-message.ts";

process.once("message", (config: WorkerConfig) => {
  start(config).catch((error: unknown) => {
    send({ type: "failed", message: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  });
});

async function start(config: WorkerConfig): Promise<void> {
  const { worker, connection } = await createWorker(config, {
    begun: (activity) => send({ type: "begun", activity }),
    ended: (activity) => send({ type: "ended", activity }),
  });
  const stop = () => {
    if (worker.getState() === "RUNNING") worker.shutdown();
  };
  process.on("SIGTERM", stop);
  // The terminal sends Ctrl-C to the whole group; the supervisor decides what it means.
  process.on("SIGINT", () => undefined);
  process.once("disconnect", stop);
  const running = worker.run();
  send({ type: "ready" });
  await running;
  await closeTools();
  await connection.close();
  process.exit(0);
}

function send(message: WorkerMessage): void {
  if (process.connected) process.send?.(message);
}
