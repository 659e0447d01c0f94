import type { ProviderAnswer } from "../../agents/provider.ts";
import { costOfAnswer } from "../../costs/cost-of-answer.ts";
import { dueAlerts } from "../../costs/due-alerts.ts";
import { noteAlert } from "../../ledger/alerts.ts";
import { keepAnswer, recordCall } from "../../ledger/calls.ts";
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
import { redactValue } from "../../tools/redact.ts";
import { watchHealth } from "./watch-health.ts";
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

/** Notes the call in the place of its reservation, and what of its budgets is used up by it. */
function settle(call: AgentCall, answered: Answered, context: ActivityContext) {
  const { answer, reserved, durationMs } = answered;
  const { charge } = reserved;
  const ledger = context.ledger();
  const { usd, priceBook, model, countedUsd } = costOfAnswer(call.agent, answer, { prices: charge.prices, durationMs });
  const usage: Usage = { ...answer.usage, usd: usd ?? 0, unpricedCalls: usd === null ? 1 : 0 };
  const atMs = Date.now();
  const told = ledger.atomically(() => {
    recordCall(ledger, {
      id: context.callId,
      run: call.run,
      workflow: call.workflow,
      step: call.stepPath,
      agent: call.agentName,
      kind: call.agent.kind,
      model,
      askedModel: reserved.model,
      atMs,
      usage,
      root: charge.root,
      accounts: charge.accounts,
      priceBook,
      countedUsd,
      durationMs,
      labels: charge.labels ?? {},
      answer: {},
    });
    reserved.release();
    const notices = noteAlerts(call, { reserved, atMs }, context);
    const paid = redactValue({ answer, usage, notices } as unknown as JsonObject, context.redact);
    keepAnswer(ledger, context.callId, { paid });
    return notices;
  });
  return { usage, told };
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
