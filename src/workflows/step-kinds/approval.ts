import type { JsonObject } from "../../plan/json.ts";
import type { ApprovalStep } from "../../plan/step.ts";
import { isArtifactRef } from "../../plan/artifact.ts";
import { MAX_TEXT_CHARACTERS } from "../../plan/limits.ts";
import { cutText } from "../../plan/text-size.ts";
import { askPeople } from "../approvals.ts";
import { renderValue } from "../evaluate-value.ts";
import { fail } from "../failure-info.ts";
import type { Template } from "../../plan/template.ts";
import type { Invocation, StepKind } from "../invocation.ts";
import { type ApprovalState, isoTime } from "../run-state.ts";

/** `approval`: the run waits until enough people have said yes, one has said no, or the time is over. */
export const approvalStep: StepKind<ApprovalStep> = {
  async run(invocation) {
    const { step } = invocation;
    const message = await renderMessage(invocation, step.message);
    const { approvers, min, expiresMs } = step;
    const request = await askPeople(invocation, { message, approvers, min, expiresMs });
    refuseUnlessGiven(request);
    return { output: { decision: "approved", votes: request.votes as unknown as JsonObject[] }, attempts: 1 };
  },
};

/** The words of a question; of a long one its beginning. */
export async function renderMessage(invocation: Invocation, template: Template): Promise<string> {
  const rendered = await renderValue(invocation, template, "message");
  if (isArtifactRef(rendered)) return `${rendered.preview}…`;
  return cutText(typeof rendered === "string" ? rendered : JSON.stringify(rendered), MAX_TEXT_CHARACTERS);
}

/** Throws `ApplicationFailure` `approval/rejected` or `approval/expired`. */
export function refuseUnlessGiven({ status, votes, expiresAtMs }: ApprovalState): void {
  if (status === "rejected") {
    const last = votes.at(-1);
    throw fail("approval/rejected", `rejected by ${last?.by}${last?.comment ? `: ${last.comment}` : ""}`);
  }
  if (status === "expired") throw fail("approval/expired", `nobody had decided by ${isoTime(expiresAtMs)}`);
}
