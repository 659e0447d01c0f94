// The real interpreter on a real server, with activities that do nothing until they are told how to end.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApplicationFailure, CancelledFailure, Context } from "@temporalio/activity";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { type Connected, connectClient } from "../../src/client/connect-client.ts";
import { launchRun } from "../../src/client/start-run.ts";
import type { ActivityCall } from "../../src/plan/activity.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import { ENGINE } from "../../src/plan/messages.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { useEmbeddedServer } from "../../src/server/embedded-server.ts";
import { findWorkflowBundle } from "../../src/worker/workflow-bundle.ts";

/** An activity under way. */
export interface OpenActivity {
  readonly path: string;
  /** As the server gave it out. */
  readonly priority: { readonly priorityKey?: number | undefined; readonly fairnessKey?: string | undefined };
  settle(well: boolean): void;
}

/** Server, worker and client. */
export interface Stage {
  readonly connected: Connected;
  /** What is under way in a run, by path. */
  open(run: string): ReadonlyMap<string, OpenActivity>;
  start(plan: Plan, inputs?: JsonObject): Promise<string>;
  close(): Promise<void>;
}

const BEAT_MS = 50;
let runs = 0;

export async function openStage({ cachedRuns = 200, slots = 500 } = {}): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), "aiworkflow-model-"));
  const server = await useEmbeddedServer({ stateDir: dir });
  Runtime.install({ logger: new DefaultLogger("ERROR") });
  const connection = await NativeConnection.connect({ address: server.address });
  const open = new Map<string, Map<string, OpenActivity>>();
  const scripted = async (call: ActivityCall) => {
    const { info, cancellationSignal } = Context.current();
    const run = info.workflowExecution?.workflowId ?? "";
    const path = info.activityId;
    const mine = open.get(run) ?? new Map<string, OpenActivity>();
    open.set(run, mine);
    const beating = setInterval(() => Context.current().heartbeat(), BEAT_MS);
    try {
      const well = await new Promise<boolean>((resolve, reject) => {
        const settle = (well: boolean) => {
          mine.delete(path);
          resolve(well);
        };
        mine.set(path, { path, priority: info.priority ?? {}, settle });
        cancellationSignal.addEventListener("abort", () => reject(new CancelledFailure("cancelled")), { once: true });
      });
      if (well) return { output: null, attempts: 1 };
      const isUndo = path.endsWith("/undo");
      const isLast = isUndo || info.attempt >= call.retry.maxAttempts;
      throw ApplicationFailure.create({
        type: "script/exit",
        message: "told to fail",
        nonRetryable: isLast,
        nextRetryDelay: 1,
      });
    } finally {
      clearInterval(beating);
      mine.delete(path);
    }
  };
  const worker = await Worker.create({
    connection,
    taskQueue: "stage",
    workflowBundle: { codePath: await findWorkflowBundle() },
    activities: { default: scripted },
    maxConcurrentActivityTaskExecutions: slots,
    maxHeartbeatThrottleInterval: BEAT_MS,
    defaultHeartbeatThrottleInterval: BEAT_MS,
    maxCachedWorkflows: cachedRuns,
  });
  const working = worker.run();
  const connected = await connectClient({ address: server.address, namespace: server.namespace });
  return {
    connected,
    open: (run) => open.get(run) ?? new Map(),
    async start(plan, inputs = {}) {
      runs += 1;
      const args = { engine: ENGINE, plan, inputs, projectDir: dir };
      return (await launchRun(connected, { run: `model-${runs}`, plan, args, inputs, taskQueue: "stage" })).run;
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
