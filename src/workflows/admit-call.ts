import { sleep, workflowInfo } from "@temporalio/workflow";
import { MAX_PATH_CHARACTERS, MAX_PAYLOAD_BYTES, MAX_STEPS_AT_ONCE, MAX_TASK_BYTES } from "../plan/limits.ts";
import { jsonBytes } from "../plan/text-size.ts";
import { fail } from "./failure-info.ts";
import type { RunState } from "./run-state.ts";

/**
 * Lets a call pass that the server takes; undefined: at once. Throws `ApplicationFailure` `step/input-too-large` or
 * `step/path-too-long`: the server would fail the workflow task for ever instead of the step.
 */
export function admitCall(run: RunState, id: string, input: object): Promise<void> | undefined {
  if (id.length > MAX_PATH_CHARACTERS)
    throw fail("step/path-too-long", `the path of the step has ${id.length} characters: ${id}`);
  const bytes = jsonBytes(input);
  if (bytes > MAX_PAYLOAD_BYTES)
    throw fail("step/input-too-large", `${id} would be given ${bytes} bytes; at most ${MAX_PAYLOAD_BYTES} can be`);
  const isFull = run.working - run.heldCalls.length > MAX_STEPS_AT_ONCE;
  return !isFull && fitsTask(run, bytes) ? undefined : waitInLine(run, bytes, isFull);
}

/** Lets calls go on that waited until fewer steps are under way. */
export function releaseHeldCalls(run: RunState): void {
  if (run.heldCalls.length > 0 && run.working - run.heldCalls.length <= MAX_STEPS_AT_ONCE) run.heldCalls.shift()?.();
}

async function waitInLine(run: RunState, bytes: number, isFull: boolean): Promise<void> {
  if (isFull) await new Promise<void>((resolve) => run.heldCalls.push(resolve));
  while (!fitsTask(run, bytes)) {
    // One after the other: every timer brings a workflow task of its own.
    const turn = (run.taskLine ?? Promise.resolve()).then(() => sleep(1));
    run.taskLine = turn.catch(() => undefined);
    await turn;
  }
}

/** Whether the workflow task that is under way can carry the call, too; then it does. */
function fitsTask(run: RunState, bytes: number): boolean {
  const { historyLength } = workflowInfo();
  if (run.task.historyLength !== historyLength) run.task = { historyLength, bytes: 0 };
  const { bytes: before } = run.task;
  if (before > 0 && before + bytes > MAX_TASK_BYTES) return false;
  run.task = { historyLength, bytes: before + bytes };
  return true;
}
