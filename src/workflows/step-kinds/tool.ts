import type { ActionResult } from "../../plan/activity.ts";
import type { ToolStep } from "../../plan/step.ts";
import { callActivity } from "../call-activity.ts";
import { renderInput } from "../evaluate-value.ts";
import type { StepKind } from "../invocation.ts";

/** `uses`: one tool call in one activity. */
export const toolStep: StepKind<ToolStep> = {
  run(invocation) {
    const { step, run } = invocation;
    return callActivity<ActionResult>(invocation, `${step.tool}.${step.operation}`, {
      toolName: step.tool,
      tool: run.plan.tools[step.tool],
      operation: step.operation,
      with: renderInput(invocation, step.with),
      env: renderInput(invocation, step.env),
    });
  },
};
