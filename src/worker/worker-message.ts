import type { RunningActivity } from "../activities/create-activities.ts";

/** What a worker process tells its supervisor. */
export type WorkerMessage =
  | { readonly type: "ready" | "alive" }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "begun" | "ended"; readonly activity: RunningActivity };
