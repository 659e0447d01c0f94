import { ChildWorkflowCancellationType, executeChild, ParentClosePolicy } from "@temporalio/workflow";
import { isArtifactRef, type Stored } from "../../plan/artifact.ts";
import { ENGINE, type StartArguments } from "../../plan/messages.ts";
import { STATUS_ATTRIBUTE } from "../../plan/search-attributes.ts";
import type { WorkflowStep } from "../../plan/step.ts";
import { MAX_DETAILS_BYTES, MAX_SUMMARY_BYTES } from "../../plan/limits.ts";
import { cutToBytes } from "../../plan/text-size.ts";
import { admitCall } from "../admit-call.ts";
import { renderValue } from "../evaluate-value.ts";
import type { Invocation, StepKind } from "../invocation.ts";
import type { RunResult } from "../end-run.ts";

/** As the client starts runs. */
const TASK_TIMEOUT_MS = 5000;

/** `workflow`: another workflow as a child run, `RUN.STEP`; its outputs are the step's. */
export const workflowStep: StepKind<WorkflowStep> = {
  async run(invocation) {
    const { run, step, state, path, title } = invocation;
    const childRun = `${run.id}.${path}`;
    const inputs = await renderInputs(invocation);
    const { name, file, digest, description } = isArtifactRef(step.plan)
      ? { name: step.plan.preview, file: "", digest: "", description: undefined }
      : step.plan;
    const args: StartArguments = {
      engine: ENGINE,
      plan: step.plan,
      inputs: inputs as never,
      projectDir: run.projectDir,
    };
    const turn = admitCall(run, childRun, args);
    if (turn !== undefined) await turn;
    state.childRun = childRun;
    const result = (await executeChild(name, {
      workflowId: childRun,
      args: [args],
      staticSummary: cutToBytes(title, MAX_SUMMARY_BYTES),
      ...(description === undefined ? {} : { staticDetails: cutToBytes(description, MAX_DETAILS_BYTES) }),
      memo: { file, digest, parent: run.id },
      searchAttributes: { [STATUS_ATTRIBUTE]: ["running"] },
      workflowTaskTimeout: TASK_TIMEOUT_MS,
      ...(step.limitMs === undefined ? {} : { workflowExecutionTimeout: step.limitMs }),
      ...(step.priority === undefined ? {} : { priority: { priorityKey: step.priority } }),
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      // A child that loses its parent rolls back, where its file says so.
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    })) as RunResult;
    return { output: result.outputs as Stored, attempts: 1 };
  },
};

async function renderInputs(invocation: Invocation<WorkflowStep>): Promise<{ readonly [name: string]: Stored }> {
  const inputs: Record<string, Stored> = {};
  for (const [name, template] of Object.entries(invocation.step.with))
    inputs[name] = await renderValue(invocation, template, `with-${name}`);
  return inputs;
}
