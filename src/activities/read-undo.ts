import { Context } from "@temporalio/activity";
import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import { EXECUTION_MEMO, findRollbacks, type Rollbacks } from "../history/find-rollbacks.ts";
import { packCarried } from "../history/pack-carried.ts";
import { readArguments } from "../history/read-arguments.ts";
import { readState } from "../history/read-state.ts";
import type { LeftToUndo, ReadUndoCall } from "../plan/activity.ts";
import { ENGINE } from "../plan/messages.ts";
import type { ActivityHandler } from "./activity-context.ts";

const LOOK_AGAIN_MS = 200;

/** Reads what a child run has done and not taken back, once it has ended: one that lost its parent may still clean up. */
export const readUndo: ActivityHandler<ReadUndoCall, LeftToUndo> = async ({ childRun, parent }, { signal, keep }) => {
  const { client } = Context.current();
  if (!(await isChildOf(client, childRun, parent))) return { hasUndone: false, isGone: true };
  const { newest, next, execution } = await whenEnded(client, childRun, signal);
  const state = await readState(client, newest.workflowId);
  const hasUndone = state.undoLog.some(({ undone }) => undone?.status === "completed");
  if (!state.undoLog.some(({ undone }) => undone === undefined)) return { hasUndone };
  const carried = await packCarried(state, keep);
  const { plan, inputs, projectDir } = await readArguments(client, childRun);
  const args = { engine: ENGINE, plan, inputs, projectDir, carried, rollback: { of: childRun } };
  const { file, digest } = newest.memo as { readonly file: string; readonly digest: string };
  const memo = { file, digest, rollbackOf: childRun, [EXECUTION_MEMO]: execution };
  return { hasUndone, rollback: { run: next, workflow: newest.type, args, memo } };
};

/** A part of a long loop starts child runs in the name of its run, which stands in their memo. */
async function isChildOf(client: Client, run: string, parent: string): Promise<boolean> {
  try {
    const { raw, memo } = await client.workflow.getHandle(run).describe();
    const starter = raw.workflowExecutionInfo?.parentExecution?.workflowId ?? "";
    return starter === parent || (starter.startsWith(`${parent}.`) && memo?.["parent"] === parent);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function whenEnded(client: Client, run: string, signal: AbortSignal): Promise<Rollbacks> {
  for (;;) {
    signal.throwIfAborted();
    const { status } = await client.workflow.getHandle(run).describe();
    const rollbacks = await findRollbacks(client, run);
    if (status.name !== "RUNNING" && rollbacks.newest.status.name !== "RUNNING") return rollbacks;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
