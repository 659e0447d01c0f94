// Money for one model call: reserved before it, settled after it, in the ledger that all workers of a store share.
import { setTimeout as sleep } from "node:timers/promises";
import { chargeWithShare } from "../../costs/charge-with-share.ts";
import { capsOfCall } from "../../costs/caps-of-call.ts";
import { isHeldBy } from "../../costs/is-held-by.ts";
import { formatUsd } from "../../plan/format-usd.ts";
import type { FoundPrice } from "../../costs/find-price.ts";
import { modelOfAgent, priceOfAgent } from "../../costs/price-of-agent.ts";
import { listLimits } from "../../ledger/limits.ts";
import { recordRaise } from "../../ledger/raises.ts";
import { releaseReservation, renewReservation, reserve, type Standing } from "../../ledger/reservations.ts";
import { noteBudgets } from "../../ledger/seen-budgets.ts";
import type { AgentCall } from "../../plan/activity.ts";
import type { Cap, Charge, Refusal } from "../../plan/budget.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import type { ActivityContext } from "../activity-context.ts";
import { boundAnswer, wishOf } from "./wish-of-call.ts";

const ASK_AGAIN_MS = 100;
const RENEW_EVERY_MS = 5000;

/** Money that is set aside for a call. */
export interface Reserved {
  readonly charge: Charge;
  readonly caps: readonly Cap[];
  readonly price: FoundPrice | undefined;
  /** The model that it is charged as, as far as is known before. */
  readonly model: string;
  /** The most tokens that the answer may have, where a step's budget leaves fewer than the provider would give. */
  readonly maxTokens: number | undefined;
  /** Gives the money back, or ends its renewal once it is spent. */
  release(): void;
}

/**
 * Sets money aside for a call, and waits while calls under way hold what they may not need. Throws `StepFailure` `budget/exceeded` and
 * `budget/unknown-price`; a refusal that the workflow has to deal with is returned. `bytes`: of all that is sent.
 */
export async function reserveCall(
  call: AgentCall,
  bytes: number,
  context: ActivityContext,
): Promise<Reserved | { readonly refusal: Refusal }> {
  const ledger = context.ledger();
  const charge = chargeWithShare(call.charge ?? { root: call.run, accounts: [call.run], budgets: [] }, call);
  if (charge.raise !== undefined) recordRaise(ledger, charge.raise, Date.now());
  const model = modelOfAgent(call.agent);
  const price = priceOfAgent(call.agent, charge.prices);
  for (;;) {
    const nowMs = Date.now();
    const caps = capsOfCall(charge, listLimits(ledger), {
      workflow: call.workflow,
      agent: call.agentName,
      model,
      nowMs,
    });
    const holding = caps.filter((cap) => charge.isUndo !== true && isHeldBy(cap, call.agentName));
    if (caps.length === 0) return { charge, caps, price, model, maxTokens: undefined, release: () => undefined };
    refuseUnknownPrice(holding, price, model);
    const maxTokens = boundAnswer(call, { price, bytes, caps: holding }, ledger);
    const wish = wishOf(call, { charge, price, model, bytes, maxTokens, id: context.callId }, ledger);
    const verdict = reserve(ledger, wish, { caps: holding, nowMs });
    if (verdict.kind === "refused") return refuse(verdict.cap, verdict.standing, wish.most.usd);
    if (verdict.kind === "reserved") {
      noteBudgets(ledger, caps, { root: charge.root, nowMs });
      const renewing = setInterval(() => renewReservation(ledger, context.callId, Date.now()), RENEW_EVERY_MS);
      const release = () => {
        clearInterval(renewing);
        releaseReservation(ledger, context.callId);
      };
      return { charge, caps, price, model, maxTokens, release };
    }
    await sleep(ASK_AGAIN_MS, undefined, { signal: context.signal });
  }
}

function refuseUnknownPrice(caps: readonly Cap[], price: FoundPrice | undefined, model: string): void {
  const cap = caps.find(({ usd }) => usd !== undefined);
  if (price !== undefined || cap === undefined) return;
  throw new StepFailure("budget/unknown-price", `${cap.name} cannot be kept: nobody knows what ${model} costs`);
}

function refuse(cap: Cap, standing: Standing, mostUsd: number | null): { readonly refusal: Refusal } {
  const { spent, usd, tokens } = standing;
  const inUsd = usd !== null && (spent.usd >= usd || tokens === null || spent.tokens < tokens);
  const allowed = inUsd
    ? `${formatUsd(usd)}, and ${formatUsd(spent.usd)} are spent`
    : `${tokens} tokens, and ${spent.tokens} are used`;
  const price = inUsd && mostUsd !== null ? `; the next call may cost up to ${formatUsd(mostUsd)}` : "";
  const message = `${cap.name} allows ${allowed}${price}`;
  const { onLimit, switchTo, key: budget, name, endMs } = cap;
  if (onLimit === "stop")
    throw new StepFailure("budget/exceeded", message, {
      details: { budget: name, usd, tokens, spentUsd: spent.usd, spentTokens: spent.tokens },
    });
  return {
    refusal: {
      budget,
      name,
      onLimit,
      message,
      ...(switchTo === undefined ? {} : { switchTo, handover: "conversation" as const }),
      ...(cap.usd === undefined ? {} : { usd: cap.usd }),
      ...(cap.tokens === undefined ? {} : { tokens: cap.tokens }),
      ...(endMs === undefined ? {} : { untilMs: endMs }),
    },
  };
}
