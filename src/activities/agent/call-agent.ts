// One model call of an agent's loop, from the conversation so far to the next turn. Start here.
import { findAnswer, keepAnswer } from "../../ledger/calls.ts";
import type { AgentCall, AgentTurn } from "../../plan/activity.ts";
import type { JsonObject } from "../../plan/json.ts";
import { outputSchema } from "../../plan/output-schema.ts";
import { NO_USAGE } from "../../plan/usage.ts";
import { describeTools } from "../../tools/describe-tools.ts";
import type { ActivityHandler } from "../activity-context.ts";
import { createToolContext } from "../tool-context.ts";
import { openTranscript } from "./open-transcript.ts";
import { payForAnswer, readPaid } from "./pay-for-answer.ts";
import { readAnswer } from "./read-answer.ts";

type Turn = Omit<AgentTurn, "attempts">;

/**
 * Makes one model call of an agent's loop. Throws `StepFailure` with codes `agent/…` and `budget/…`; an answer that does not fit the
 * step's output comes back as `invalid`, a call that was not made for want of money as `refusal`. What an earlier attempt was
 * answered, and did not live to tell, is not asked again.
 */
export const callAgent: ActivityHandler<AgentCall, Turn> = async (call, context) => {
  const ledger = context.ledger();
  const before = findAnswer(ledger, context.callId);
  const paidBefore = readPaid(before);
  if (before !== undefined && paidBefore === undefined) return before as unknown as Turn;

  const definitions = await describeTools(call.grants, call.tools, (name, spec) =>
    createToolContext(name, spec, context),
  );
  const schema = call.output === undefined ? undefined : outputSchema(call.output);
  const transcript = await openTranscript(call, context);
  const paid = paidBefore ?? (await payForAnswer(call, { transcript, definitions, schema }, context));
  if ("refusal" in paid) return { ...NO_TURN, repliesUsed: call.repliesUsed, refusal: paid.refusal };

  const { answer, usage, notices } = paid;
  const { text, calls, raw, model, repliesUsed } = answer;
  const said = { ...transcript, messages: [...transcript.messages, { role: "assistant", text, calls, raw }] };
  const turn: Turn = {
    // As every result: above 4 KB it lies in the store, and history has the reference. The interpreter only hands it on.
    transcript: await context.keep(said as unknown as JsonObject),
    usage,
    model,
    repliesUsed,
    ...(notices.length === 0 ? {} : { notices }),
    ...(await readAnswer(answer, { definitions, schema }, context)),
  };
  keepAnswer(ledger, context.callId, turn as unknown as JsonObject);
  return turn;
};

const NO_TURN = { transcript: null, calls: [], usage: NO_USAGE, model: "" };
