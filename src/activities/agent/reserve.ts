import { chargeWithShare } from "../../costs/charge-with-share.ts";
import type { FoundPrice } from "../../costs/find-price.ts";
import { modelOfAgent, priceOfAgent } from "../../costs/price-of-agent.ts";
import type { AgentCall } from "../../plan/activity.ts";
import type { Cap, Charge, Refusal } from "../../plan/budget.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import type { ActivityContext } from "../activity-context.ts";
import { type HeldMoney, holdMoney } from "../money/hold-money.ts";
import { amountsOfCall, boundAnswer } from "./amounts-of-call.ts";

/** Money that is set aside for a model call. */
export interface Reserved extends HeldMoney {
  readonly charge: Charge;
  /** The model that it is charged as, as far as is known before. */
  readonly model: string;
  /** The most tokens that the answer may have, where a step's budget leaves fewer than the provider would give. */
  readonly maxTokens: number | undefined;
}

/**
 * Sets money aside for a model call. Throws what `holdMoney` throws, and `budget/unknown-price`; a refusal that the workflow has to
 * deal with is returned. `bytes`: of all that is sent.
 */
export async function reserveCall(
  call: AgentCall,
  bytes: number,
  context: ActivityContext,
): Promise<Reserved | { readonly refusal: Refusal }> {
  const charge = chargeWithShare(call.charge ?? { root: call.run, accounts: [call.run], budgets: [] }, call);
  const model = modelOfAgent(call.agent);
  const price = priceOfAgent(call.agent, charge.prices);
  let maxTokens: number | undefined;
  const held = await holdMoney(
    {
      charge,
      workflow: call.workflow,
      agent: call.agentName,
      model,
      amounts(caps) {
        refuseUnknownPrice(caps, price, model);
        maxTokens = boundAnswer(call, { price, bytes, caps }, context.ledger());
        return amountsOfCall(call, { price, model, bytes, maxTokens }, context.ledger());
      },
    },
    context,
  );
  return "refusal" in held ? held : { ...held, charge, model, maxTokens };
}

function refuseUnknownPrice(caps: readonly Cap[], price: FoundPrice | undefined, model: string): void {
  const cap = caps.find(({ usd }) => usd !== undefined);
  if (price !== undefined || cap === undefined) return;
  throw new StepFailure("budget/unknown-price", `${cap.name} cannot be kept: nobody knows what ${model} costs`);
}
