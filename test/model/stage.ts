// Activities that do nothing until they are told how to end.
import { ApplicationFailure, CancelledFailure, Context } from "@temporalio/activity";
import type { ActivityCall } from "../../src/plan/activity.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { openStage, type Stage } from "../interpreter/open-stage.ts";

/** An activity under way. */
export interface OpenActivity {
  readonly path: string;
  /** As the server gave it out. */
  readonly priority: { readonly priorityKey?: number | undefined; readonly fairnessKey?: string | undefined };
  settle(well: boolean): void;
}

/** A stage on which a test ends every activity itself. */
export interface ScriptedStage extends Pick<Stage, "connected" | "close"> {
  /** What is under way in a run, by path. */
  open(run: string): ReadonlyMap<string, OpenActivity>;
  start(plan: Plan, inputs?: JsonObject): Promise<string>;
}

const BEAT_MS = 50;

export async function openScriptedStage({ cachedRuns = 200, slots = 500 } = {}): Promise<ScriptedStage> {
  const open = new Map<string, Map<string, OpenActivity>>();
  const perform = async (call: ActivityCall) => {
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
  const { connected, launch, close } = await openStage(() => ({
    perform,
    cachedRuns,
    slots,
    heartbeatEveryMs: BEAT_MS,
  }));
  let runs = 0;
  return {
    connected,
    close,
    open: (run) => open.get(run) ?? new Map(),
    async start(plan, inputs) {
      runs += 1;
      const run = `model-${runs}`;
      await launch(run, plan, inputs);
      return run;
    },
  };
}
