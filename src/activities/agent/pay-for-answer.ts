import type { ProviderAnswer, Spent } from "../../agents/provider.ts";
import { dueAlerts } from "../../costs/due-alerts.ts";
import { noteAlert } from "../../ledger/alerts.ts";
import { keepAnswer } from "../../ledger/calls.ts";
import { readStanding } from "../../ledger/reservations.ts";
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
import { recordUse, type Use } from "./record-use.ts";
import { type Reserved, reserveCall } from "./reserve.ts";
import { sendAlerts } from "./send-alerts.ts";

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
  let told: Spent | undefined;
  const ask = () => {
    beganMs = Date.now();
    const spent = (now: Spent) => (told = now);
    return watchHealth(call.agent, context, () => askModel(bounded, { ...question, spent }, context));
  };
  const useOf = (used: Use["told"]): Omit<Use, "isAnswered"> => ({
    told: used,
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

/** Notes the call in the place of its reservation, and what of its budgets is used up by it. */
function settle(
  call: AgentCall,
  { answer, ...use }: Omit<Use, "isAnswered"> & { readonly answer: ProviderAnswer },
  context: ActivityContext,
): Pick<Paid, "usage" | "notices"> {
  const ledger = context.ledger();
  return ledger.atomically(() => {
    const usage = recordUse(call, { ...use, isAnswered: true }, context);
    use.reserved.release();
    const notices = noteAlerts(call, { reserved: use.reserved, atMs: Date.now() }, context);
    const paid = JSON.parse(context.redact(JSON.stringify({ answer, usage, notices }))) as JsonObject;
    keepAnswer(ledger, context.callId, { paid });
    return { usage, notices };
  });
}

/** The same for a call that came to no answer: what it used is paid for all the same. */
function settleUnanswered(call: AgentCall, use: Omit<Use, "isAnswered">, context: ActivityContext): void {
  const usage = context.ledger().atomically(() => {
    const used = recordUse(call, { ...use, isAnswered: false }, context);
    use.reserved.release();
    noteAlerts(call, { reserved: use.reserved, atMs: Date.now() }, context);
    return used;
  });
  context.noteSoFar({ usage });
}

/** Notes the alerts that nobody has noted before; gives their messages. */
function noteAlerts(
  call: AgentCall,
  { reserved: { caps, charge }, atMs }: { readonly reserved: Reserved; readonly atMs: number },
  context: ActivityContext,
): readonly string[] {
  const ledger = context.ledger();
  const where = { run: call.run, workflow: call.workflow, step: call.stepPath, at: new Date(atMs).toISOString() };
  return caps
    .flatMap((cap) => dueAlerts(cap, readStanding(ledger, cap)))
    .filter(({ id, ...alert }) =>
      noteAlert(ledger, { id, atMs, body: { alert: { ...alert, ...where }, targets: { ...charge.alerts } } }),
    )
    .map(({ message }) => message);
}
