import type { AgentTurn } from "../../plan/activity.ts";
import type { Raise } from "../../plan/budget.ts";
import { callActivity, type CallOptions } from "../call-activity.ts";
import type { Invocation } from "../invocation.ts";
import { note } from "../notices.ts";
import { chargeOf, theRunAlone } from "./charge-of.ts";
import { makeRoom } from "./make-room.ts";

/**
 * Schedules the activity of a model call, as `callActivity` does; where there is no money for the call, does as the budget says until there
 * is. Rejects with `ActivityFailure`, with `SwitchAgent`, and as waits do.
 */
export async function callWithMoney(
  invocation: Invocation,
  type: string,
  input: object,
  options: CallOptions = {},
): Promise<AgentTurn> {
  const charge = chargeOf(invocation);
  let raise: Raise | undefined;
  for (let round = 0; ; round += 1) {
    const charged = raise === undefined ? charge : { ...theRunAlone(invocation), ...charge, raise };
    const turn = await callActivity<AgentTurn>(
      invocation,
      type,
      { ...input, ...(charged === undefined ? {} : { charge: charged }) },
      round === 0 ? options : { ...options, suffix: `${options.suffix ?? "turn-1"}-again-${round}` },
    );
    for (const notice of turn.notices ?? []) note(invocation.run, notice);
    const { refusal } = turn;
    if (refusal === undefined) return turn;
    raise = await makeRoom(invocation, { ...turn, refusal });
  }
}
