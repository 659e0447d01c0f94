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

/** Soon enough to hear of a cancel. */
const BEAT_MS = 50;
/** Each beat takes the run's lock in the server before the run's own tasks do: what is under way beats forty times a second together. */
const BEAT_OF_MANY_MS = 25;

export async function openScriptedStage({ cachedRuns = 200, slots = 500 } = {}): Promise<ScriptedStage> {
  const open = new Map<string, Map<string, OpenActivity>>();
  const perform = async (call: ActivityCall) => {
    const { info, cancellationSignal } = Context.current();
    const run = info.workflowExecution?.workflowId ?? "";
    const path = info.activityId;
    const mine = open.get(run) ?? new Map<string, OpenActivity>();
    open.set(run, mine);
    let beating = setTimeout(beat, BEAT_MS);
    function beat(): void {
      Context.current().heartbeat();
      beating = setTimeout(beat, Math.max(BEAT_MS, BEAT_OF_MANY_MS * mine.size));
    }
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
      clearTimeout(beating);
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
