// One model call of an agent's loop, from the conversation so far to the next turn. Start here.
import type { Message, ProviderAnswer } from "../../agents/provider.ts";
import { findAnswer, recordCall } from "../../ledger/calls.ts";
import type { AgentCall, AgentTurn } from "../../plan/activity.ts";
import type { JsonObject } from "../../plan/json.ts";
import { outputSchema } from "../../plan/output-schema.ts";
import type { Usage } from "../../plan/report.ts";
import type { ActivityContext, ActivityHandler } from "../activity-context.ts";
import { askModel } from "./ask-model.ts";
import { checkContext } from "./check-context.ts";
import { describeGranted } from "./describe-granted.ts";
import { openTranscript } from "./open-transcript.ts";
import { readAnswer } from "./read-answer.ts";
import { subAgentTools } from "./sub-agent-tools.ts";
import { addMessages, keepTranscript } from "./transcript-store.ts";
import { watchHealth } from "./watch-health.ts";

type Turn = Omit<AgentTurn, "attempts">;

/**
 * Makes one model call of an agent's loop. Throws `StepFailure` with codes `agent/…`; an answer that does not fit the
 * step's output comes back as `invalid`. What an earlier attempt was answered, and did not live to tell, is not asked again.
 */
export const callAgent: ActivityHandler<AgentCall, Turn> = async (given, context) => {
  const ledger = context.ledger();
  const before = findAnswer(ledger, context.callId);
  if (before !== undefined) return before as unknown as Turn;

  const call = await openSetup(given, context);
  const { definitions: described, pins } = await describeGranted(call, context);
  const definitions = [...described, ...subAgentTools(call)];
  const schema = call.output === undefined ? undefined : outputSchema(call.output);
  const { transcript, added } = await openTranscript(call, context);
  checkContext(call, { transcript, definitions, schema });
  const answer = await watchHealth(call.agent, context, () =>
    askModel(call, { transcript, definitions, schema }, context),
  );

  const { text, calls, raw, rawForm = call.agent.kind, model, repliesUsed } = answer;
  const said: readonly Message[] = [...added, { role: "assistant", text, calls, raw, rawForm }];
  const usage = priceOf(call, answer);
  const turn: Turn = {
    // The interpreter only hands it on.
    transcript:
      call.transcript === undefined
        ? await keepTranscript({ ...transcript, messages: said }, context)
        : await addMessages(call.transcript, said, context),
    usage,
    model,
    repliesUsed,
    ...(await readAnswer(answer, { definitions, schema }, context)),
    ...(Object.keys(pins).length === 0 ? {} : { pins }),
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

/** What every call of a loop says anew is put aside where it is much. */
async function openSetup(call: AgentCall, context: ActivityContext): Promise<AgentCall> {
  if (call.setup === undefined) return call;
  return { ...call, ...((await context.load(call.setup)) as unknown as Partial<AgentCall>) };
}

/** Replies from a file cost nothing. */
function priceOf({ agent }: AgentCall, { usage, usd }: ProviderAnswer): Usage {
  if (usd !== undefined) return { ...usage, usd, unpricedCalls: 0 };
  return { ...usage, usd: 0, unpricedCalls: agent.kind === "recorded" ? 0 : 1 };
}
