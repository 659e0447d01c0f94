import type { AgentProgress, AskInstead } from "../../plan/agent-loop.ts";
import { MAX_TEXT_CHARACTERS } from "../../plan/limits.ts";
import type { AgentStep } from "../../plan/step.ts";
import { cutText } from "../../plan/text-size.ts";
import { askPeople } from "../approvals.ts";
import { fail } from "../failure-info.ts";
import type { Invocation, Outcome } from "../invocation.ts";
import { keepLarge } from "../keep-large.ts";
import { refuseUnlessGiven } from "../step-kinds/approval.ts";
import { findFault } from "../verify-result.ts";
import type { AgentTry } from "./run-agent.ts";

/** Asks a person to fill in what an agent could not give; the form has the fields of the step's output. */
export async function askInstead(
  invocation: Invocation<AgentStep>,
  { agent }: AgentTry,
  { asking, attempts }: AgentProgress,
): Promise<Outcome> {
  const { output, onInvalid } = invocation.step;
  const { approvers, expiresMs } = onInvalid as AskInstead;
  const request = await askPeople(invocation, {
    message: cutText(
      `${agent} did not give what this step needs. Its last answer: ${asking?.problem}`,
      MAX_TEXT_CHARACTERS,
    ),
    approvers,
    min: 1,
    expiresMs,
    fields: output !== undefined && "fields" in output ? output.fields : {},
  });
  refuseUnlessGiven(request);
  const outcome: Outcome = {
    output: await keepLarge(invocation, request.form ?? null, "form"),
    attempts,
    agent: `${request.votes.at(-1)?.by} (for ${agent})`,
  };
  const fault = await findFault(invocation, outcome);
  if (fault !== undefined) throw fail("step/verify-failed", fault);
  return outcome;
}
