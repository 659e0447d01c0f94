import { defaultPayloadConverter } from "@temporalio/common";
import type { WorkflowExecutionDescription } from "@temporalio/client";

/**
 * The attempt that each pending activity is in, by activity id: failures of the step and one. The server's own number would
 * count deaths of workers as well; what an attempt tells with its heartbeats does not.
 */
export function attemptsUnderWay({ raw }: WorkflowExecutionDescription): ReadonlyMap<string, number> {
  return new Map(
    (raw.pendingActivities ?? []).map(({ activityId, heartbeatDetails }) => {
      const [payload] = heartbeatDetails?.payloads ?? [];
      return [activityId ?? "", 1 + (payload == null ? 0 : failuresIn(payload))];
    }),
  );
}

function failuresIn(payload: Parameters<typeof defaultPayloadConverter.fromPayload>[0]): number {
  try {
    const { failures } = defaultPayloadConverter.fromPayload<{ readonly failures?: number }>(payload);
    return failures ?? 0;
  } catch {
    // An activity of somebody else's worker, or a payload that only the workers can read.
    return 0;
  }
}
