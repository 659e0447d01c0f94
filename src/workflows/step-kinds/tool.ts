import type { ActionResult } from "../../plan/activity.ts";
import type { ToolStep } from "../../plan/step.ts";
import { callActivity } from "../call-activity.ts";
import { callPaidTool } from "../call-paid-tool.ts";
import { renderInput } from "../evaluate-value.ts";
import { notePins, pinsOf } from "../note-pins.ts";
import type { StepKind } from "../invocation.ts";

/** `uses`: one tool call in one activity. */
export const toolStep: StepKind<ToolStep> = {
  run(invocation) {
    const { step, run } = invocation;
    const tool = run.plan.tools[step.tool];
    // What a run has done is taken back whatever a server says of its operations by then.
    const isHeld = tool?.pinned === true && invocation.isUndo !== true;
    const type = `${step.tool}.${step.operation}`;
    const input = {
      toolName: step.tool,
      tool,
      operation: step.operation,
      with: renderInput(invocation, step.with),
      env: renderInput(invocation, step.env),
      ...(isHeld ? pinsOf(run, [type]) : {}),
    };
    const isPriced = tool?.operations[step.operation]?.usd !== undefined;
    const called = isPriced
      ? callPaidTool(invocation, { type, input })
      : callActivity<ActionResult>(invocation, type, input);
    if (!isHeld) return called;
    return called.then((result) => {
      notePins(run, result.pins);
      return result;
    });
  },
};
