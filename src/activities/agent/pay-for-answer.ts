import type { ProviderAnswer } from "../../agents/provider.ts";
import { costOfAnswer } from "../../costs/cost-of-answer.ts";
import type { AgentCall } from "../../plan/activity.ts";
import type { Refusal } from "../../plan/budget.ts";
import type { JsonObject } from "../../plan/json.ts";
import type { Usage } from "../../plan/report.ts";
import { jsonBytes } from "../../plan/text-size.ts";
import { estimateTokens } from "../../routing/estimate.ts";
import type { ActivityContext } from "../activity-context.ts";
import { askModel, type Question } from "./ask-model.ts";
import { passGate } from "./pass-gate.ts";
import { watchHealth } from "./watch-health.ts";
import { type Reserved, reserveCall } from "./reserve.ts";
import { sendAlerts } from "../money/send-alerts.ts";
import { settleCall } from "../money/settle-call.ts";

/** An answer that is paid for. */
export interface Paid {
  readonly answer: ProviderAnswer;
  readonly usage: Usage;
  /** What somebody should know of the money. */
  readonly notices: readonly string[];
}

/**
 * Asks the model for an answer with money set aside for it, and notes at once what it cost: nothing that happens between the two can
 * make anybody pay twice. Throws what `reserveCall`, `passGate` and `askModel` throw.
 */
export async function payForAnswer(
  call: AgentCall,
  question: Question,
  context: ActivityContext,
): Promise<Paid | { readonly refusal: Refusal }> {
  const { transcript, definitions, schema } = question;
  const reserved = await reserveCall(call, jsonBytes([transcript, definitions, schema ?? null]), context);
  if ("refusal" in reserved) return reserved;
  const { maxTokens } = reserved;
  const bounded = maxTokens === undefined ? call : { ...call, agent: { ...call.agent, maxTokens } };
  let beganMs = Date.now();
  const ask = () => {
    beganMs = Date.now();
    return watchHealth(call.agent, context, () => askModel(bounded, question, context));
  };
  try {
    const answer = await passGate(call, context, { tokens: estimateTokens(JSON.stringify(transcript)), ask });
    const { usage, told } = settle(call, { answer, reserved, durationMs: Date.now() - beganMs }, context);
    const problems = await sendAlerts(context);
    return { answer, usage, notices: [...told, ...problems] };
  } finally {
    reserved.release();
  }
}

/** What an earlier attempt has paid for and not come to read. */
export function readPaid(kept: JsonObject | undefined): Paid | undefined {
  return kept !== undefined && "paid" in kept ? (kept["paid"] as unknown as Paid) : undefined;
}

interface Answered {
  readonly answer: ProviderAnswer;
  readonly reserved: Reserved;
  readonly durationMs: number;
}

/** Notes the call in the place of its reservation. */
function settle(call: AgentCall, { answer, reserved, durationMs }: Answered, context: ActivityContext) {
  const { charge } = reserved;
  const { usd, priceBook, model, countedUsd } = costOfAnswer(call.agent, answer, { prices: charge.prices, durationMs });
  const usage: Usage = { ...answer.usage, usd: usd ?? 0, unpricedCalls: usd === null ? 1 : 0 };
  const { run, workflow, stepPath: step, agentName: agent } = call;
  const told = settleCall(
    {
      run,
      workflow,
      step,
      agent,
      kind: call.agent.kind,
      model,
      askedModel: reserved.model,
      usage,
      priceBook,
      countedUsd,
      durationMs,
    },
    { charge, held: reserved, answer: (notices) => ({ paid: { answer, usage, notices } }) },
    context,
  );
  return { usage, told };
}
