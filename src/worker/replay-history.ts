import { Runtime, Worker } from "@temporalio/worker";
import { createWorkerLog } from "./worker-log.ts";
import { findWorkflowBundle } from "./workflow-bundle.ts";

/** A history as the client fetched it, or as JSON of `temporal workflow show --output json`. */
export type History = Parameters<typeof Worker.runReplayHistory>[1];

/**
 * Replays a history with this build, or with the interpreter in another bundle; gives why it does not fit, or undefined where it
 * does.
 */
export async function replayHistory(
  history: History,
  { run, bundle }: { readonly run?: string; readonly bundle?: string } = {},
): Promise<string | undefined> {
  Runtime.install({ logger: createWorkerLog() });
  const codePath = bundle ?? (await findWorkflowBundle());
  try {
    await Worker.runReplayHistory({ workflowBundle: { codePath } }, history, run ?? idIn(history));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The id of the run: ids of child runs are made of it. */
function idIn(history: History): string | undefined {
  const { events } = history as {
    readonly events?: readonly {
      readonly workflowExecutionStartedEventAttributes?: { readonly workflowId?: string };
    }[];
  };
  return events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId;
}
