import type { AgentTurn } from "../../plan/activity.ts";
import type { Raise } from "../../plan/budget.ts";
import { callActivity, type CallOptions } from "../call-activity.ts";
import type { Invocation } from "../invocation.ts";
import { note } from "../notices.ts";
import { chargeOf, theRunAlone } from "./charge-of.ts";
import { makeRoom } from "./make-room.ts";

/** As of `callActivity`, and how a call is named that has to be made again. */
export interface MoneyOptions extends CallOptions {
  /** What stands in the place of `suffix`, where there is none. @default "turn-1" */
  readonly firstAs?: string;
  /** The path under which it waits for money, where several of one invocation may. @default the invocation's */
  readonly waitsAs?: string;
}

/**
 * Schedules the activity of a call that costs money, as `callActivity` does; where there is none for it, does as the budget says until there
 * is. Rejects with `ActivityFailure`, with `SwitchAgent`, and as waits do.
 */
export async function callWithMoney<Result extends Pick<AgentTurn, "refusal" | "notices">>(
  invocation: Invocation,
  { type, input }: { readonly type: string; readonly input: object },
  { waitsAs: path = invocation.path, firstAs = "turn-1", ...options }: MoneyOptions = {},
): Promise<Result> {
  const charge = chargeOf(invocation);
  let raise: Raise | undefined;
  for (let round = 0; ; round += 1) {
    const charged = raise === undefined ? charge : { ...theRunAlone(invocation), ...charge, raise };
    const result = await callActivity<Result>(
      invocation,
      type,
      { ...input, ...(charged === undefined ? {} : { charge: charged }) },
      round === 0 ? options : { ...options, suffix: `${options.suffix ?? firstAs}-again-${round}` },
    );
    for (const notice of result.notices ?? []) note(invocation.run, notice);
    if (result.refusal === undefined) return result;
    raise = await makeRoom({ ...invocation, path }, result.refusal);
  }
}
