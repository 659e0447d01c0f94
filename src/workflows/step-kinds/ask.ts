import type { AskStep } from "../../plan/step.ts";
import { askPeople } from "../approvals.ts";
import { keepLarge } from "../keep-large.ts";
import type { StepKind } from "../invocation.ts";
import { refuseUnlessGiven, renderMessage } from "./approval.ts";

/** `ask`: a form that one person fills in; the form is the output. */
export const askStep: StepKind<AskStep> = {
  async run(invocation) {
    const { approvers, expiresMs, fields, message } = invocation.step;
    const question = { message: await renderMessage(invocation, message), approvers, min: 1, expiresMs, fields };
    const request = await askPeople(invocation, question);
    refuseUnlessGiven(request);
    const kept = keepLarge(invocation, request.form ?? null, "form");
    return { output: kept instanceof Promise ? await kept : kept, attempts: 1 };
  },
};
