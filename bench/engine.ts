import { NativeConnection, Worker } from "@temporalio/worker";
import { findWorkflowBundle } from "../src/worker/workflow-bundle.ts";
import { type BenchClient, type Kind, openBenchClient } from "./bench-client.ts";
import { bundleHandWritten } from "./hand-written/bundle.ts";
import type { Shape } from "./shapes.ts";
import { installRuntime, WORKER_OPTIONS } from "./worker-options.ts";

/** Time and processor time of one measurement, in milliseconds. */
export interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Two workers with the same options and the same activity: our interpreter, and the hand-written workflow. */
export interface Engine {
  readonly client: BenchClient;
  run(kind: Kind, shape: Shape): Promise<Cost>;
  /** Runs one to its end; gives its id. */
  runOne(kind: Kind, shape: Shape): Promise<string>;
  close(): Promise<void>;
}

/** The bundle of a kind of workflow, in a file. */
export function bundleOf(kind: Kind): Promise<string> {
  return kind === "plan" ? findWorkflowBundle() : bundleHandWritten();
}

/** Starts both workers in this process, whose processor time is measured; only one of them works at a time. */
export async function startEngine(address: string): Promise<Engine> {
  installRuntime();
  const [connection, client] = await Promise.all([NativeConnection.connect({ address }), openBenchClient(address)]);
  const createWorker = async (kind: Kind) =>
    Worker.create({
      ...WORKER_OPTIONS,
      connection,
      taskQueue: kind,
      workflowBundle: { codePath: await bundleOf(kind) },
    });
  const workers = [await createWorker("plan"), await createWorker("hand-written")];
  const working = workers.map((worker) => worker.run());
  return {
    client,
    async run(kind, shape) {
      const cpu = process.cpuUsage();
      const ms = await client.run(kind, shape, kind);
      const { user, system } = process.cpuUsage(cpu);
      return { ms, cpuMs: (user + system) / 1000 };
    },
    async runOne(kind, shape) {
      const run = await client.start(kind, shape, kind);
      await client.connected.client.workflow.getHandle(run).result();
      return run;
    },
    async close() {
      for (const worker of workers) worker.shutdown();
      await Promise.all(working);
      await connection.close();
      await client.close();
    },
  };
}
