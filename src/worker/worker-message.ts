import type { RunningActivity } from "../activities/create-activities.ts";
import type { WorkerConfig } from "./create-worker.ts";

/**
 * What a supervisor tells a worker process: to get ready; to work, for which it gets ready first where it has not yet; to take
 * nothing more and to end when what is under way has ended.
 */
export type WorkerCommand =
  | { readonly type: "prepare" | "work"; readonly config: WorkerConfig }
  | { readonly type: "drain" };

/** What a worker process tells its supervisor. */
export type WorkerMessage =
  | { readonly type: "ready" | "alive" }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "begun" | "ended"; readonly activity: RunningActivity };
