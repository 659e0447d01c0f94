import { ApplicationFailure } from "@temporalio/activity";
import type { PutOff } from "../plan/activity.ts";

/** Thrown by a handler that has done nothing yet and cannot begin now: another attempt goes on later, and no failure is counted. */
export class Postponed extends Error {
  override readonly name = "Postponed";
  readonly afterMs: number;

  constructor(message: string, afterMs: number) {
    super(message);
    this.afterMs = afterMs;
  }
}

/** How the workflow of a local activity is told: in there nobody waits, because every attempt counts. */
export function putOffFailure({ message, afterMs }: Postponed, failures: number): ApplicationFailure {
  const putOff: PutOff = { afterMs, failures };
  const failure = ApplicationFailure.create({ type: "step/postponed", message, nonRetryable: true, details: [putOff] });
  failure.stack = "";
  return failure;
}

/** How the server is told. */
export function postponedFailure({ message, afterMs }: Postponed): ApplicationFailure {
  const failure = ApplicationFailure.create({ type: "step/postponed", message, nextRetryDelay: afterMs });
  failure.stack = "";
  return failure;
}
