import type { LeftToUndo } from "../../plan/activity.ts";
import { isArtifactRef, type Stored } from "../../plan/artifact.ts";
import type { UndoEntry } from "../../plan/carried-state.ts";
import { hasUndo } from "../../plan/has-undo.ts";
import { ENGINE } from "../../plan/messages.ts";
import type { WorkflowStep } from "../../plan/step.ts";
import { type Alarm, setAlarm } from "../alarm.ts";
import { callForRun, stubborn } from "../call-for-run.ts";
import { admitCall } from "../admit-call.ts";
import { renderValue } from "../evaluate-value.ts";
import { fail } from "../failure-info.ts";
import type { Invocation, Outcome, StepKind } from "../invocation.ts";
import { openChild } from "../run-child.ts";

/** `workflow`: another workflow as a child run, `RUN.STEP`; its outputs are the step's. */
export const workflowStep: StepKind<WorkflowStep> = {
  async run(invocation): Promise<Outcome> {
    const { run, step, title } = invocation;
    const id = childRunOf(invocation);
    const child = openChild(invocation, id);
    let alarm: Alarm | undefined;
    try {
      const inputs = await renderInputs(invocation);
      const { plan, limitMs } = step;
      const { name, file, digest, description } = isArtifactRef(plan)
        ? { name: plan.preview, file: "", digest: "", description: undefined }
        : plan;
      run.childEnds.delete(id);
      if (limitMs !== undefined) {
        const late = fail("step/timeout", `the child run took longer than ${limitMs / 1000} s`);
        const summary = `${title}: time limit`;
        alarm = setAlarm(run, { durationMs: limitMs, summary, begunAgain: () => undefined }, () => child.stop(late));
      }
      const args = { engine: ENGINE, plan, inputs: inputs as never, projectDir: run.projectDir };
      const turn = admitCall(run, id, args);
      if (turn !== undefined) await turn;
      const result = await child.run({ workflow: name, args, description, memo: { file, digest } });
      return { output: result.outputs as Stored, attempts: 1 };
    } finally {
      alarm?.cancel();
      child.close();
    }
  },
  ownUndo: {
    childRunOf: (invocation) => (hasUndo(invocation.step.plan) ? childRunOf(invocation) : undefined),
    run: takeBack,
  },
};

function childRunOf({ run, path }: Invocation<WorkflowStep>): string {
  return `${run.id}.${path}`;
}

/** A rollback of the child run, with what its own undo log says is left; so it goes down to children of children. */
async function takeBack(invocation: Invocation<WorkflowStep>, { childRun = "", path }: UndoEntry): Promise<boolean> {
  const { run } = invocation;
  const parent = childRun.slice(0, -path.length - 1);
  const { hasUndone, rollback } = await callForRun<LeftToUndo>(
    stubborn(run),
    "read-undo",
    { childRun, parent },
    invocation.path,
  );
  if (rollback === undefined) return hasUndone;
  // What the rollback leaves is told anew at its end.
  run.childEnds.delete(childRun);
  const child = openChild(invocation, rollback.run, childRun);
  try {
    await child.run(rollback);
    return true;
  } finally {
    child.close();
  }
}

async function renderInputs(invocation: Invocation<WorkflowStep>): Promise<{ readonly [name: string]: Stored }> {
  const inputs: Record<string, Stored> = {};
  for (const [name, template] of Object.entries(invocation.step.with))
    inputs[name] = await renderValue(invocation, template, `with-${name}`);
  return inputs;
}
