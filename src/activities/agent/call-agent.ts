// One model call of an agent's loop, from the conversation so far to the next turn. Start here.
import type { Message } from "../../agents/provider.ts";
import { findAnswer, keepAnswer, readUnanswered } from "../../ledger/calls.ts";
import type { AgentCall, AgentTurn } from "../../plan/activity.ts";
import type { JsonObject } from "../../plan/json.ts";
import { outputSchema } from "../../plan/output-schema.ts";
import { programSettings } from "../../plan/programs.ts";
import { NO_USAGE } from "../../plan/usage.ts";
import type { ActivityContext, ActivityHandler } from "../activity-context.ts";
import { checkContext } from "./check-context.ts";
import { describeGranted } from "./describe-granted.ts";
import { countOwnCalls, usdOfOwnCalls } from "./own-calls.ts";
import { openTranscript } from "./open-transcript.ts";
import { payForAnswer, readPaid } from "./pay-for-answer.ts";
import { readAnswer } from "./read-answer.ts";
import { subAgentTools } from "./sub-agent-tools.ts";
import { addMessages, keepTranscript } from "./transcript-store.ts";

type Turn = Omit<AgentTurn, "attempts">;

/**
 * Makes one model call of an agent's loop. Throws `StepFailure` with codes `agent/…` and `budget/…`; an answer that does not fit the
 * step's output comes back as `invalid`, a call that was not made for want of money as `refusal`. What an earlier attempt was
 * answered, and did not live to tell, is not asked again.
 */
export const callAgent: ActivityHandler<AgentCall, Turn> = async (given, context) => {
  const ledger = context.ledger();
  const before = findAnswer(ledger, context.callId);
  const paidBefore = readPaid(before);
  if (before !== undefined && paidBefore === undefined) return before as unknown as Turn;

  const call = await openSetup(given, context);
  if (context.attempt > 1 || context.lastProgress !== undefined) noteUnanswered(context);
  const { definitions: described, pins } = await describeGranted(call, context);
  const definitions = [...described, ...subAgentTools(call)];
  const schema = call.output === undefined ? undefined : outputSchema(call.output);
  const { transcript, added } = await openTranscript(call, context);
  checkContext(call, { transcript, definitions, schema });
  const paid = paidBefore ?? (await payForAnswer(call, { transcript, definitions, pins, schema }, context));
  if ("refusal" in paid) return { ...NO_TURN, repliesUsed: call.repliesUsed, refusal: paid.refusal };

  const { answer, notices } = paid;
  const isProgram = programSettings(call.agent.kind) !== undefined;
  const usage = isProgram ? { ...paid.usage, usd: paid.usage.usd + usdOfOwnCalls(context) } : paid.usage;
  const { text, calls, raw, rawForm = call.agent.kind, model, repliesUsed } = answer;
  const said: readonly Message[] = [...added, { role: "assistant", text, calls, raw, rawForm }];
  const turn: Turn = {
    // The interpreter only hands it on.
    transcript:
      call.transcript === undefined
        ? await keepTranscript({ ...transcript, messages: said }, context)
        : await addMessages(call.transcript, said, context),
    usage,
    model,
    repliesUsed,
    ...(notices.length === 0 ? {} : { notices }),
    ...(await readAnswer(answer, { definitions, output: call.output }, context)),
    ...(Object.keys(pins).length === 0 ? {} : { pins }),
    ...(isProgram ? { ownCalls: countOwnCalls(context) } : {}),
  };
  keepAnswer(ledger, context.callId, turn as unknown as JsonObject);
  return turn;
};

/** What earlier attempts have used counts, whatever this one comes to. */
function noteUnanswered(context: ActivityContext): void {
  const { count, usage } = readUnanswered(context.ledger(), context.callId);
  if (count > 0) context.noteSoFar({ usage });
}

const NO_TURN = { transcript: null, calls: [], usage: NO_USAGE, model: "" };

/** What every call of a loop says anew is put aside where it is much. */
async function openSetup(call: AgentCall, context: ActivityContext): Promise<AgentCall> {
  if (call.setup === undefined) return call;
  return { ...call, ...((await context.load(call.setup)) as unknown as Partial<AgentCall>) };
}
