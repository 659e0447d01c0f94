// Money for one call of a model or a tool: set aside before it, settled after it (`settle-call.ts`), in the ledger that all workers
// of a store share. Start here.
import { setTimeout as sleep } from "node:timers/promises";
import { capsOfCall } from "../../costs/caps-of-call.ts";
import { isHeldBy } from "../../costs/is-held-by.ts";
import { listLimits } from "../../ledger/limits.ts";
import { recordRaise } from "../../ledger/raises.ts";
import { releaseReservation, renewReservation, reserve, type Standing, type Wish } from "../../ledger/reservations.ts";
import { noteBudgets } from "../../ledger/seen-budgets.ts";
import type { Cap, Charge, Refusal } from "../../plan/budget.ts";
import { formatUsd } from "../../plan/format-usd.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import type { ActivityContext } from "../activity-context.ts";
import { bookkeep, keepNoting } from "../bookkeep.ts";
import { Postponed } from "../postponed.ts";

const ASK_AGAIN_MS = 100;
const RENEW_EVERY_MS = 5000;
/** An attempt that waits longer gives its worker back; the server ends it 15 s after its time. */
const MOST_WAIT_MS = 8000;
const POSTPONED_MS = 1000;

/** A call that costs money. */
export interface Spending {
  readonly charge: Charge;
  readonly workflow: string;
  /** Who makes the call, and what it is charged as, as far as is known before. */
  readonly agent: string;
  readonly model: string;
  /** As in `Wish`. */
  readonly within?: string | undefined;
  /** What it may cost. `caps`: those that may refuse it. Throws where they cannot be kept. */
  amounts(caps: readonly Cap[]): Pick<Wish, "least" | "most" | "held" | "isFirst">;
}

/** Money that is set aside for a call. */
export interface HeldMoney {
  readonly caps: readonly Cap[];
  /** Gives the money back, or ends its renewal once it is spent. */
  release(): void;
}

/**
 * Sets money aside for a call, and waits while calls under way hold what they may not need. Throws `StepFailure` `budget/exceeded`;
 * a refusal that the workflow has to deal with is returned.
 */
export async function holdMoney(
  { charge, workflow, agent, model, within, amounts }: Spending,
  context: Pick<ActivityContext, "ledger" | "callId" | "signal" | "offTheClock" | "warn">,
): Promise<HeldMoney | { readonly refusal: Refusal }> {
  const { callId: id, signal } = context;
  const ledger = context.ledger();
  if (charge.raise !== undefined) recordRaise(ledger, charge.raise, Date.now());
  const { root, accounts } = charge;
  const giveUpMs = Date.now() + MOST_WAIT_MS;
  for (;;) {
    const nowMs = Date.now();
    const caps = capsOfCall(charge, listLimits(ledger), { workflow, agent, model, nowMs });
    if (caps.length === 0) return { caps, release: () => undefined };
    const holding = caps.filter((cap) => charge.isUndo !== true && isHeldBy(cap, agent));
    const wish: Wish = { id, root, accounts, workflow, agent, model, within, ...amounts(holding) };
    const verdict = reserve(ledger, wish, { caps: holding, nowMs });
    if (verdict.kind === "refused") return refuse(verdict.cap, verdict.standing, wish.most.usd);
    if (verdict.kind === "reserved") {
      noteBudgets(ledger, caps, { root, nowMs });
      const stopRenewing = keepNoting(RENEW_EVERY_MS, () => renewReservation(ledger, id, Date.now()), context);
      const release = () => {
        stopRenewing();
        bookkeep(context, () => releaseReservation(ledger, id));
      };
      return { caps, release };
    }
    if (nowMs > giveUpMs) throw new Postponed("waits for money that calls under way hold", POSTPONED_MS);
    await context.offTheClock(() => sleep(ASK_AGAIN_MS, undefined, { signal }));
  }
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
      ...(endMs === undefined ? {} : { untilMs: endMs, waitMs: Math.max(endMs - Date.now(), 1) }),
    },
  };
}
