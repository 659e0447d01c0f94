import type { JsonObject } from "../../plan/json.ts";
import type { ApprovalStep } from "../../plan/step.ts";
import { isArtifactRef } from "../../plan/artifact.ts";
import { askPeople } from "../approvals.ts";
import { renderValue } from "../evaluate-value.ts";
import { fail } from "../failure-info.ts";
import type { StepKind } from "../invocation.ts";
import { isoTime } from "../run-state.ts";

/** `approval`: the run waits until enough people have said yes, one has said no, or the time is over. */
export const approvalStep: StepKind<ApprovalStep> = {
  async run(invocation) {
    const { step } = invocation;
    const rendered = await renderValue(invocation, step.message, "message");
    const message = isArtifactRef(rendered) ? `${rendered.preview}…` : textOf(rendered);
    const request = await askPeople(invocation, message);
    const by = request.votes.map((vote) => vote.by).join(", ");
    if (request.status === "rejected") {
      const last = request.votes.at(-1);
      const why = last?.comment ? `: ${last.comment}` : "";
      throw fail("approval/rejected", `rejected by ${last?.by ?? by}${why}`);
    }
    if (request.status === "expired") {
      throw fail("approval/expired", `nobody had decided by ${isoTime(request.expiresAtMs)}`);
    }
    return { output: { decision: "approved", votes: request.votes as unknown as JsonObject[] }, attempts: 1 };
  },
};

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
