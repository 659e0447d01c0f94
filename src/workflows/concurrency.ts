import {
  CancellationScope,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  patched,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import type { Plan } from "../plan/plan.ts";
import { PLACE_GRANTED, PLACE_RELEASED, placeId } from "../plan/messages.ts";
import { renderInWorkflow } from "../expressions/evaluate-in-workflow.ts";
import { callForRun } from "./call-for-run.ts";
import { fail } from "./failure-info.ts";
import type { RunState } from "./run-state.ts";
import { setRunStatus } from "./track-status.ts";

/** A place in a concurrency group, held until it is released. */
export interface Place {
  release(): Promise<void>;
}

const granted = defineSignal(PLACE_GRANTED);

/** Waits until no other run of the group works. A cancelled run gives its turn up. */
export async function holdPlace(
  run: RunState,
  { group, cancelInProgress }: NonNullable<Plan["concurrency"]>,
): Promise<Place> {
  const rendered = renderInWorkflow({ $text: [group] }, { inputs: run.inputs, env: run.env });
  if (!("value" in rendered)) throw fail("run/bad-arguments", "the concurrency group is too large");
  const name = rendered.value as string;
  let isMine = false;
  setHandler(granted, () => {
    isMine = true;
  });
  const runId = workflowInfo().firstExecutionRunId;
  const release = () =>
    CancellationScope.nonCancellable(async () => {
      await getExternalWorkflowHandle(placeId(name))
        .signal(PLACE_RELEASED, runId)
        .catch(() => undefined);
    });
  // A part of a run that goes on has the place already.
  if (run.carried !== undefined && run.carried.isFork !== true) return { release };
  try {
    await callForRun(run, "ask-for-place", { group: name, run: run.id, runId, cancelInProgress });
    await standInLine(run, () => isMine);
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

/** Who stands in line waits, or stays paused. Older histories have said that the run waits, and works then, also where it was paused. */
async function standInLine(run: RunState, isMine: () => boolean): Promise<void> {
  if ((isMine() && !run.paused) || !patched("paused-in-line")) {
    if (!isMine()) setRunStatus(run, "waiting");
    await condition(isMine);
    return setRunStatus(run, "running");
  }
  run.waiting += 1;
  try {
    if (!run.paused) setRunStatus(run, "waiting");
    await condition(isMine);
  } finally {
    run.waiting -= 1;
  }
  if (!run.paused) setRunStatus(run, "running");
}
