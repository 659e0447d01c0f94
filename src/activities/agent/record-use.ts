import type { Spent } from "../../agents/provider.ts";
import { costOfAnswer } from "../../costs/cost-of-answer.ts";
import { idOfUnanswered, readUnanswered, recordCall } from "../../ledger/calls.ts";
import type { AgentCall } from "../../plan/activity.ts";
import type { TokenUsage, Usage } from "../../plan/report.ts";
import { addUsage, NO_TOKENS, tokensSince } from "../../plan/usage.ts";
import type { ActivityContext } from "../activity-context.ts";
import type { Reserved } from "./reserve.ts";

/** What a call has used, all attempts of it together, and what was set aside for it. */
export interface Use {
  readonly told: Spent & { readonly credits?: number };
  readonly reserved: Reserved;
  readonly durationMs: number;
  readonly isAnswered: boolean;
}

/**
 * Keeps in the ledger what a call has used that is not there yet: under its own id where it is answered, beside it where it is
 * not. Gives what it has used in all. To be called inside `atomically`.
 */
export function recordUse(call: AgentCall, use: Use, context: ActivityContext): Usage {
  const { told, reserved, durationMs, isAnswered } = use;
  const { charge } = reserved;
  const ledger = context.ledger();
  const { count, usage: before } = readUnanswered(ledger, context.callId);
  const own = count === 0 ? told : { ...told, ...withoutBefore(told, before) };
  if (!isAnswered && isNothing(own.usage)) return before;
  const cost = costOfAnswer(call.agent, own, { prices: charge.prices, durationMs });
  const usage: Usage = { ...own.usage, usd: cost.usd ?? 0, unpricedCalls: cost.usd === null ? 1 : 0 };
  recordCall(ledger, {
    id: isAnswered ? context.callId : idOfUnanswered(context.callId, count + 1),
    run: call.run,
    workflow: call.workflow,
    step: call.stepPath,
    agent: call.agentName,
    kind: call.agent.kind,
    model: cost.model,
    askedModel: reserved.model,
    atMs: Date.now(),
    usage,
    root: charge.root,
    accounts: charge.accounts,
    priceBook: cost.priceBook,
    countedUsd: cost.countedUsd,
    durationMs,
    labels: charge.labels ?? {},
    answer: {},
  });
  return addUsage(before, usage);
}

function withoutBefore({ usage, usd }: Spent, before: Usage): Pick<Spent, "usage" | "usd"> {
  return {
    usage: tokensSince(usage, before),
    usd: usd === undefined ? undefined : Math.max(0, usd - before.usd),
  };
}

function isNothing(usage: TokenUsage): boolean {
  return (Object.keys(NO_TOKENS) as (keyof TokenUsage)[]).every((name) => usage[name] === 0);
}
