import type { SetStep } from "../../plan/step.ts";
import { renderValue } from "../evaluate-value.ts";
import type { StepKind } from "../invocation.ts";

/** `set`: named values; costs no event unless a value lies in the artifact store. */
export const setStep: StepKind<SetStep> = {
  run(invocation) {
    const values = renderValue(invocation, invocation.step.values, "set");
    return values instanceof Promise
      ? values.then((output) => ({ output, attempts: 1 }))
      : { output: values, attempts: 1 };
  },
};
