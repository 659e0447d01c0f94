import type { ActionResult, Payer } from "../plan/activity.ts";
import { NO_USAGE } from "../plan/usage.ts";
import { callWithMoney, type MoneyOptions } from "./agents/call-with-money.ts";
import { SwitchAgent } from "./agents/make-room.ts";
import { fail, paidUsdOf } from "./failure-info.ts";
import type { Invocation } from "./invocation.ts";
import { noteUsage } from "./note-usage.ts";

/** A tool call that has a price, as `callActivity` takes it. */
export interface PaidCall {
  readonly type: string;
  readonly input: object;
  /** The agent that makes it. */
  readonly payer?: Pick<Payer, "agent" | "budgetShare">;
}

/** Schedules a tool call that has a price once there is money for it, and counts what it cost, also where it fails. Rejects as `callWithMoney`. */
export async function callPaidTool(
  invocation: Invocation,
  { type, input, payer: asking = {} }: PaidCall,
  options: MoneyOptions = {},
): Promise<ActionResult> {
  const { run, state } = invocation;
  const count = (usd = 0) => {
    if (usd > 0) noteUsage(run, state, { ...NO_USAGE, usd });
  };
  const payer: Payer = { run: run.keyId, workflow: run.plan.name, ...asking };
  try {
    const result = await callWithMoney<ActionResult>(
      invocation,
      { type, input: { ...input, payer } },
      { firstAs: "call", ...options },
    );
    count(result.usd);
    return result;
  } catch (error) {
    count(paidUsdOf(error));
    if (error instanceof SwitchAgent && asking.agent === undefined)
      throw fail("budget/exceeded", `${error.message}; no other agent can make the call of a tool`);
    throw error;
  }
}
