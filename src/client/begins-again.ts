import { RUNS_AGAIN } from "../plan/messages.ts";
import { type Connected, withDeadline } from "./connect-client.ts";

/** Of the server's interface: the last event only. */
const CLOSE_EVENT = 2;

/** True where the run's last execution was ended by a rerun, or the next one lives already: who follows the run goes on with that. */
export async function beginsAgain(connected: Connected, run: string): Promise<boolean> {
  const { client, target } = connected;
  const { status, runId } = await withDeadline(connected, () => client.workflow.getHandle(run).describe());
  if (status.name !== "TERMINATED") return status.name === "RUNNING";
  const { history } = await withDeadline(connected, () =>
    client.workflowService.getWorkflowExecutionHistory({
      namespace: target.namespace,
      execution: { workflowId: run, runId },
      historyEventFilterType: CLOSE_EVENT,
    }),
  );
  const reason = history?.events?.at(-1)?.workflowExecutionTerminatedEventAttributes?.reason;
  return reason?.startsWith(RUNS_AGAIN) === true;
}
