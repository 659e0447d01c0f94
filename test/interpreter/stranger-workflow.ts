import { scheduleActivity } from "@temporalio/workflow";

/** A workflow of a newer version, as it were: it asks for an activity that today's workers do not have. */
export function stranger(): Promise<unknown> {
  return scheduleActivity("teleport:home", [{}], { taskQueue: "aiworkflow", startToCloseTimeout: "20s" });
}

/** A workflow that this version of it cannot run: its workflow task fails for ever. */
export async function broken(): Promise<never> {
  throw new TypeError("this version is broken");
}
