import type { ProviderAnswer, Spent } from "../../agents/provider.ts";
import { guessUsage } from "../../costs/estimate-call.ts";
import { idOfUnanswered } from "../../ledger/calls.ts";
import type { AgentCall } from "../../plan/activity.ts";
import type { Refusal } from "../../plan/budget.ts";
import type { JsonObject } from "../../plan/json.ts";
import type { Usage } from "../../plan/report.ts";
import { addUsage, hasUsed } from "../../plan/usage.ts";
import { jsonBytes } from "../../plan/text-size.ts";
import { estimateTokens } from "../../routing/estimate.ts";
import type { ActivityContext } from "../activity-context.ts";
import { askModel, type Question } from "./ask-model.ts";
import { passGate } from "./pass-gate.ts";
import { watchHealth } from "./watch-health.ts";
import { recordOfUse, type Use } from "./record-of-use.ts";
import { reserveCall } from "./reserve.ts";
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
  const bytes = jsonBytes([transcript, definitions, schema ?? null]);
  const reserved = await reserveCall(call, bytes, context);
  if ("refusal" in reserved) return reserved;
  const { maxTokens } = reserved;
  const bounded = maxTokens === undefined ? call : { ...call, agent: { ...call.agent, maxTokens } };
  let beganMs = Date.now();
  let told: Spent | undefined;
  const ask = () => {
    beganMs = Date.now();
    const spent = (now: Spent) => (told = now);
    return watchHealth(call.agent, context, () => askModel(bounded, { ...question, spent }, context));
  };
  const useOf = (used: Use["told"] & Partial<ProviderAnswer>): Use => ({
    told: used,
    guess: guessUsage(bytes, jsonBytes([used.text ?? "", used.value ?? null, used.calls ?? []])),
    reserved,
    durationMs: Date.now() - beganMs,
  });
  const gate = { tokens: estimateTokens(JSON.stringify(transcript)), ask };
  try {
    const answer = await passGate(call, context, gate).catch((error: unknown) => {
      if (told !== undefined) settleUnanswered(call, useOf(told), context);
      throw error;
    });
    const { usage, notices } = settle(call, { ...useOf(answer), answer }, context);
    const problems = await sendAlerts(context);
    return { answer, usage, notices: [...notices, ...problems] };
  } finally {
    reserved.release();
  }
}

/** What an earlier attempt has paid for and not come to read. */
export function readPaid(kept: JsonObject | undefined): Paid | undefined {
  return kept !== undefined && "paid" in kept ? (kept["paid"] as unknown as Paid) : undefined;
}

/** Notes the call in the place of its reservation. */
function settle(
  call: AgentCall,
  { answer, ...use }: Use & { readonly answer: ProviderAnswer },
  context: ActivityContext,
): Pick<Paid, "usage" | "notices"> {
  const { record, before } = recordOfUse(call, use, context);
  const usage = addUsage(before, record.usage);
  const settlement = {
    charge: use.reserved.charge,
    held: use.reserved,
    answer: (notices: readonly string[]) => ({ paid: { answer, usage, notices } }),
  };
  return { usage, notices: settleCall(record, settlement, context) };
}

/** The same for a call that came to no answer: what it used is paid for all the same. */
function settleUnanswered(call: AgentCall, use: Use, context: ActivityContext): void {
  const { record, before, unanswered } = recordOfUse(call, use, context);
  const { charge } = use.reserved;
  if (!hasUsed(record.usage)) return context.noteSoFar({ usage: before });
  const settlement = { charge, held: use.reserved, answer: () => ({}) };
  settleCall(record, settlement, { ...context, callId: idOfUnanswered(context.callId, unanswered + 1) });
  context.noteSoFar({ usage: addUsage(before, record.usage) });
}
