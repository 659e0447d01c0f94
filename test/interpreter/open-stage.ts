// The real interpreter on a real server, in a worker of this process whose activities a test writes itself.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { type Connected, connectClient } from "../../src/client/connect-client.ts";
import { launchRun } from "../../src/client/start-run.ts";
import type { ActivityCall } from "../../src/plan/activity.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import { ENGINE } from "../../src/plan/messages.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { useEmbeddedServer } from "../../src/server/embedded-server.ts";
import { findWorkflowBundle } from "../../src/worker/workflow-bundle.ts";

/** Server, worker and client. */
export interface Stage {
  readonly dir: string;
  readonly connected: Connected;
  /** Starts a run under this id. */
  launch(run: string, plan: Plan, inputs?: JsonObject): Promise<void>;
  close(): Promise<void>;
}

/** What the worker does, and how much of it at once. */
export interface StageOptions {
  /** Every activity, whatever its type. */
  readonly perform: (call: never) => Promise<object>;
  readonly cachedRuns: number;
  readonly slots?: number;
  readonly heartbeatEveryMs?: number;
}

/** Opens a stage in a temporary folder. `create` is given the folder. */
export async function openStage(create: (dir: string) => StageOptions): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), "aiworkflow-stage-"));
  const { perform, cachedRuns, slots = 500, heartbeatEveryMs = 50 } = create(dir);
  const server = await useEmbeddedServer({ stateDir: dir });
  Runtime.install({ logger: new DefaultLogger("ERROR") });
  const connection = await NativeConnection.connect({ address: server.address });
  const worker = await Worker.create({
    connection,
    taskQueue: "stage",
    workflowBundle: { codePath: await findWorkflowBundle() },
    activities: { default: perform as (call: ActivityCall) => Promise<object> },
    maxConcurrentActivityTaskExecutions: slots,
    maxHeartbeatThrottleInterval: heartbeatEveryMs,
    defaultHeartbeatThrottleInterval: heartbeatEveryMs,
    maxCachedWorkflows: cachedRuns,
  });
  const working = worker.run();
  const connected = await connectClient({ address: server.address, namespace: server.namespace });
  return {
    dir,
    connected,
    async launch(run, plan, inputs = {}) {
      const args = { engine: ENGINE, plan, inputs, projectDir: dir };
      await launchRun(connected, { run, plan, args, inputs, taskQueue: "stage" });
    },
    async close() {
      worker.shutdown();
      await working;
      await connected.close();
      await connection.close();
      server.release();
      rmSync(dir, { recursive: true, force: true, maxRetries: 40, retryDelay: 200 });
    },
  };
}
