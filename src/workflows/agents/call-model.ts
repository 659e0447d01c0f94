import type { AgentTurn } from "../../plan/activity.ts";
import type { AgentStep } from "../../plan/step.ts";
import type { Raise } from "../../plan/budget.ts";
import { callActivity, type CallOptions } from "../call-activity.ts";
import type { Invocation } from "../invocation.ts";
import { note } from "../notices.ts";
import { chargeOf, theRunAlone } from "./charge-of.ts";
import { makeRoom } from "./make-room.ts";

/** One model call to make. */
export interface ModelCall {
  readonly agent: string;
  readonly input: object;
  readonly names: CallOptions;
}

/**
 * Makes a model call; where there is no money for it, does as the budget says until there is. Rejects with `ActivityFailure`, with
 * `SwitchAgent`, and as waits do.
 */
export async function callModel(
  invocation: Invocation<AgentStep>,
  { agent, input, names }: ModelCall,
): Promise<AgentTurn> {
  const charge = chargeOf(invocation);
  let raise: Raise | undefined;
  for (let round = 0; ; round += 1) {
    const charged = raise === undefined ? charge : { ...theRunAlone(invocation), ...charge, raise };
    const turn = await callActivity<AgentTurn>(
      invocation,
      `agent:${agent}`,
      { ...input, ...(charged === undefined ? {} : { charge: charged }) },
      round === 0 ? names : { ...names, suffix: `${names.suffix ?? "turn-1"}-again-${round}` },
    );
    for (const notice of turn.notices ?? []) note(invocation.run, notice);
    if (turn.refusal === undefined) return turn;
    raise = await makeRoom(invocation, turn.refusal);
  }
}
