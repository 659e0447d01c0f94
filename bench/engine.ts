import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundle,
} from "@temporalio/worker";
import { ENGINE } from "../src/plan/messages.ts";
import { findWorkflowBundle } from "../src/worker/workflow-bundle.ts";
import type { Shape } from "./shapes.ts";

/** Time and processor time of one measurement, in milliseconds. */
export interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Two workers with the same options and the same activity: our interpreter, and the hand-written workflow. */
export interface Engine {
  runPlan(shape: Shape): Promise<Cost>;
  runHandWritten(shape: Shape): Promise<Cost>;
  close(): Promise<void>;
}

const OPTIONS = {
  maxHeartbeatThrottleInterval: "1s",
  stickyQueueScheduleToStartTimeout: "2s",
  activities: { default: () => Promise.resolve({ output: null, attempts: 1 }) },
} as const;

let handWritten: Promise<WorkflowBundle> | undefined;
let runtime: Runtime | undefined;
let runs = 0;

/** The SDK's one runtime of this process, silent but for errors. */
export function installRuntime(): void {
  runtime ??= Runtime.install({ logger: new DefaultLogger("ERROR") });
}

/** Starts both workers in this process, whose processor time is measured; only one of them works at a time. */
export async function startEngine(address: string): Promise<Engine> {
  installRuntime();
  handWritten ??= bundleWorkflowCode({
    workflowsPath: join(import.meta.dirname, "hand-written", "workflows.ts"),
    logger: new DefaultLogger("ERROR"),
    webpackConfigHook: (config) => ({ ...config, mode: "production", devtool: "inline-nosources-source-map" }),
  });
  const [native, connection, codePath, bundle] = await Promise.all([
    NativeConnection.connect({ address }),
    Connection.connect({ address }),
    findWorkflowBundle(),
    handWritten,
  ]);
  const client = new Client({ connection });
  const base = { connection: native, namespace: "default", ...OPTIONS };
  const ours = await Worker.create({ ...base, taskQueue: "ours", workflowBundle: { codePath } });
  const theirs = await Worker.create({ ...base, taskQueue: "theirs", workflowBundle: bundle });
  const working = [ours.run(), theirs.run()];

  const measure = async (
    { runs: count, atOnce }: Shape,
    one: (workflowId: string) => Promise<unknown>,
  ): Promise<Cost> => {
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    let left = count;
    const lane = async () => {
      while (left > 0) {
        left -= 1;
        runs += 1;
        await one(`bench-${runs}`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    const { user, system } = process.cpuUsage(cpu);
    return { ms: performance.now() - startedAt, cpuMs: (user + system) / 1000 };
  };
  return {
    runPlan: (shape) => {
      const args = [{ engine: ENGINE, plan: shape.plan, inputs: {}, projectDir: "/" }];
      return measure(shape, (workflowId) =>
        client.workflow.execute("bench", { taskQueue: "ours", workflowId, args, workflowTaskTimeout: 5000 }),
      );
    },
    runHandWritten: (shape) => {
      const { type, count } = shape.handWritten;
      return measure(shape, (workflowId) =>
        client.workflow.execute(type, { taskQueue: "theirs", workflowId, args: [count], workflowTaskTimeout: 5000 }),
      );
    },
    async close() {
      ours.shutdown();
      theirs.shutdown();
      await Promise.all(working);
      await native.close();
      await connection.close();
    },
  };
}
