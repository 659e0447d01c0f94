import type { ActionResult } from "../../plan/activity.ts";
import type { ScriptStep } from "../../plan/step.ts";
import { callActivity } from "../call-activity.ts";
import { renderInput } from "../evaluate-value.ts";
import type { StepKind } from "../invocation.ts";

/** `run`: a script in one activity. */
export const scriptStep: StepKind<ScriptStep> = {
  run(invocation) {
    const { step } = invocation;
    return callActivity<ActionResult>(invocation, "script", {
      shell: step.shell,
      body: step.body,
      with: renderInput(invocation, step.with),
      env: renderInput(invocation, step.env),
      ...(step.workdir === undefined ? {} : { workdir: step.workdir }),
    });
  },
};
