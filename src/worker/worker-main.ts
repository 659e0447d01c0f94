// Entry of the worker's process, a child of its supervisor: gets ready or works as it is told, tells when it polls and which
// activities are under way, and dies with its parent. Told to drain it lets them end; SIGTERM breaks them off.
import { closeTools } from "../tools/close-tools.ts";
import { startGuard } from "../processes/guard.ts";
import { createWorker, type WorkerConfig } from "./create-worker.ts";
import type { WorkerMessage, WorkerCommand } from "./worker-message.ts";

/** How often the supervisor is told that this process does not hang. */
const ALIVE_EVERY_MS = 1000;
/** Steps that are broken off have this long to end. */
const GRACE_MS = 1000;
/** A worker that has been told to break off is gone after this. */
const FORCE_MS = 15_000;

// The terminal tells its whole group of Ctrl-C and of its own end; the supervisor decides what they mean.
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);

let created: ReturnType<typeof createWorker> | undefined;

// One that does not work yet, as a spare, has nothing to end when its supervisor does.
const leave = () => process.exit(0);
process.once("disconnect", leave);
let drain: () => void = leave;
process.on("message", (command: WorkerCommand) => {
  if (command.type === "drain") return drain();
  const { type, config } = command;
  created ??= createWorker(config, {
    begun: (activity) => send({ type: "begun", activity }),
    ended: (activity) => send({ type: "ended", activity }),
  });
  const done = type === "work" ? work(config, created) : created;
  done.catch((error: unknown) => {
    send({ type: "failed", message: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  });
});

async function work({ stateDir }: WorkerConfig, ready: ReturnType<typeof createWorker>): Promise<void> {
  startGuard(stateDir);
  setInterval(() => send({ type: "alive" }), ALIVE_EVERY_MS).unref();
  const { worker, connection, breakOff } = await ready;
  drain = () => {
    if (worker.getState() === "RUNNING") worker.shutdown();
  };
  const stop = () => {
    drain();
    setTimeout(() => breakOff.abort(), GRACE_MS);
    setTimeout(() => process.exit(1), FORCE_MS);
  };
  process.once("SIGTERM", stop);
  process.off("disconnect", leave);
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
