import { DefaultLogger, Runtime } from "@temporalio/worker";

/** What both kinds of workflow have alike: the options of our worker, and an activity that does nothing. */
export const WORKER_OPTIONS = {
  maxHeartbeatThrottleInterval: "1s",
  stickyQueueScheduleToStartTimeout: "2s",
  activities: { default: () => Promise.resolve({ output: null, attempts: 1 }) },
} as const;

let installed = false;

/** The SDK's one runtime of this process, silent but for errors. */
export function installRuntime(): void {
  if (!installed) Runtime.install({ logger: new DefaultLogger("ERROR") });
  installed = true;
}
