// One model call of an agent's loop, from the conversation so far to the next turn. Start here.
import type { ProviderAnswer } from "../../agents/provider.ts";
import { findAnswer, recordCall } from "../../ledger/calls.ts";
import type { AgentCall, AgentTurn } from "../../plan/activity.ts";
import type { JsonObject } from "../../plan/json.ts";
import { outputSchema } from "../../plan/output-schema.ts";
import type { Usage } from "../../plan/report.ts";
import { describeTools } from "../../tools/describe-tools.ts";
import type { ActivityHandler } from "../activity-context.ts";
import { createToolContext } from "../tool-context.ts";
import { askModel } from "./ask-model.ts";
import { openTranscript } from "./open-transcript.ts";
import { readAnswer } from "./read-answer.ts";

type Turn = Omit<AgentTurn, "attempts">;

/**
 * Makes one model call of an agent's loop. Throws `StepFailure` with codes `agent/…`; an answer that does not fit the
 * step's output comes back as `invalid`. What an earlier attempt was answered, and did not live to tell, is not asked again.
 */
export const callAgent: ActivityHandler<AgentCall, Turn> = async (call, context) => {
  const ledger = context.ledger();
  const before = findAnswer(ledger, context.callId);
  if (before !== undefined) return before as unknown as Turn;

  const definitions = await describeTools(call.grants, call.tools, (name, spec) =>
    createToolContext(name, spec, context),
  );
  const schema = call.output === undefined ? undefined : outputSchema(call.output);
  const transcript = await openTranscript(call, context);
  const answer = await askModel(call, { transcript, definitions, schema }, context);

  const { text, calls, raw, model, repliesUsed } = answer;
  const said = { ...transcript, messages: [...transcript.messages, { role: "assistant", text, calls, raw }] };
  const usage = priceOf(call, answer);
  const turn: Turn = {
    // As every result: above 4 KB it lies in the store, and history has the reference. The interpreter only hands it on.
    transcript: await context.keep(said as unknown as JsonObject),
    usage,
    model,
    repliesUsed,
    ...(await readAnswer(answer, { definitions, schema }, context)),
  };
  recordCall(ledger, {
    id: context.callId,
    run: call.run,
    workflow: call.workflow,
    step: call.stepPath,
    agent: call.agentName,
    kind: call.agent.kind,
    model,
    atMs: Date.now(),
    usage,
    answer: turn as unknown as JsonObject,
  });
  return turn;
};

/** Replies from a file cost nothing. */
function priceOf({ agent }: AgentCall, { usage, usd }: ProviderAnswer): Usage {
  if (usd !== undefined) return { ...usage, usd, unpricedCalls: 0 };
  return { ...usage, usd: 0, unpricedCalls: agent.kind === "recorded" ? 0 : 1 };
}
