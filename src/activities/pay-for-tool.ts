import { chargeWithShare } from "../costs/charge-with-share.ts";
import { findAnswer, keepAnswer } from "../ledger/calls.ts";
import type { Payer, ToolCall } from "../plan/activity.ts";
import type { Refusal } from "../plan/budget.ts";
import { StepFailure } from "../plan/step-failure.ts";
import { NO_USAGE } from "../plan/usage.ts";
import type { ActivityContext } from "./activity-context.ts";
import { holdMoney } from "./money/hold-money.ts";
import { sendAlerts } from "./money/send-alerts.ts";
import { settleCall } from "./money/settle-call.ts";

/** Who pays for a call, and how much. */
export interface ToolPrice {
  readonly payer: Payer;
  readonly usd: number;
}

/** What comes of a call for which there was no money. */
export interface Refused {
  readonly refusal: Refusal;
}

/** Asks a tool, with money set aside for it; what an earlier attempt was answered, and did not live to tell, is not asked again. */
export type Pay = <Answer extends object>(ask: () => Promise<Answer>) => Promise<Answer | Refused>;

/**
 * Makes a tool call that costs money. It is paid once, when it is first answered, however many attempts and deaths of workers there
 * are: `work` asks the tool by `pay`, and what it makes of the answer is kept. Throws what `work` and `holdMoney` throw.
 */
export async function payForTool<Result extends object>(
  call: ToolCall,
  { payer, usd }: ToolPrice,
  { context, work }: { readonly context: ActivityContext; readonly work: (pay: Pay) => Promise<Result | Refused> },
): Promise<(Result & { readonly usd?: number }) | Refused> {
  const { callId } = context;
  const ledger = context.ledger();
  const before = findAnswer(ledger, callId);
  // A call that is refused before it is made, such as one with wrong arguments, costs nothing.
  let isPaid = before !== undefined;
  if (isPaid) context.paid(usd);
  if (before !== undefined && "result" in before) return before["result"] as unknown as Result;
  let notices = (before?.["notices"] ?? []) as readonly string[];
  const pay: Pay = async (ask) => {
    if (before !== undefined && "answered" in before) return before["answered"] as never;
    const spending = spendingOf(call, { payer, usd });
    const held = await holdMoney(spending, context);
    if ("refusal" in held) return held;
    try {
      const beganMs = Date.now();
      const answered = await ask();
      isPaid = true;
      context.paid(usd);
      const { agent, model, charge } = spending;
      const { run, workflow } = payer;
      const usage = { ...NO_USAGE, usd };
      notices = settleCall(
        {
          run,
          workflow,
          step: call.stepPath,
          agent,
          kind: "tool",
          model,
          askedModel: model,
          usage,
          priceBook: "own",
          countedUsd: usd,
          durationMs: Date.now() - beganMs,
        },
        { charge, held, answer: (told) => ({ answered, notices: told }) },
        context,
      );
      return answered;
    } finally {
      held.release();
    }
  };
  try {
    const result = await work(pay);
    if ("refusal" in result || !isPaid) return result;
    const told = [...notices, ...(await sendAlerts(context))];
    const whole = { ...result, usd, ...(told.length === 0 ? {} : { notices: told }) };
    keepAnswer(ledger, callId, { result: whole });
    return whole;
  } catch (error) {
    // Where another attempt follows a failure of the tool it asks it anew, though all are one call that is paid; an answer that could
    // only not be kept is there for it.
    if (error instanceof StepFailure) keepAnswer(ledger, callId, {});
    throw error;
  }
}

/** What a tool costs is known before: no more is set aside, and no call shows others what they cost. */
function spendingOf(call: ToolCall, { payer, usd }: ToolPrice) {
  const { run, workflow, agent: asking, budgetShare, within } = payer;
  const model = `${call.toolName}.${call.operation}`;
  const agent = asking ?? model;
  const charge = chargeWithShare(call.charge ?? { root: run, accounts: [run], budgets: [] }, {
    run,
    stepPath: call.stepPath,
    agentName: agent,
    ...(budgetShare === undefined ? {} : { budgetShare }),
  });
  const amount = { usd, tokens: 0 };
  const amounts = () => ({ least: amount, most: amount, held: amount, isFirst: false });
  return { charge, workflow, agent, model, within, amounts };
}
