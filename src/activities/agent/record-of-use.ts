import type { ProviderAnswer } from "../../agents/provider.ts";
import { costOfAnswer } from "../../costs/cost-of-answer.ts";
import { readUnanswered } from "../../ledger/calls.ts";
import type { AgentCall } from "../../plan/activity.ts";
import { programSettings } from "../../plan/programs.ts";
import type { TokenUsage, Usage } from "../../plan/report.ts";
import { NO_TOKENS, tokensSince } from "../../plan/usage.ts";
import type { ActivityContext } from "../activity-context.ts";
import type { AnsweredCall } from "../money/settle-call.ts";
import type { Reserved } from "./reserve.ts";

/** What a call has used, all attempts of it together, and what was set aside for it. */
export interface Use {
  readonly told: Pick<ProviderAnswer, "usage" | "usd" | "model" | "credits">;
  /** What it may have used, where nobody tells. */
  readonly guess: TokenUsage;
  readonly reserved: Reserved;
  readonly durationMs: number;
}

/** A record of what the ledger does not have yet, and what it has of attempts that were not answered, and how many they are. */
interface RecordOfUse {
  readonly record: AnsweredCall;
  readonly before: Usage;
  readonly unanswered: number;
}

/**
 * What is to be kept of a call that has used something: attempts that were not answered are in the ledger already. A program counts on
 * where an earlier attempt was cut off; for an API each attempt is a call of its own.
 */
export function recordOfUse(
  call: AgentCall,
  { told, guess, reserved, durationMs }: Use,
  { ledger, callId }: ActivityContext,
): RecordOfUse {
  const { count, usage: before } = readUnanswered(ledger(), callId);
  const isCountedOn = count > 0 && programSettings(call.agent.kind) !== undefined;
  const own = !isCountedOn ? told : { ...told, ...withoutBefore(told, before) };
  const cost = costOfAnswer(call.agent, own, { prices: reserved.charge.prices, durationMs, guess });
  const usage: Usage = { ...(own.usage ?? NO_TOKENS), usd: cost.usd ?? 0, unpricedCalls: cost.usd === null ? 1 : 0 };
  const { run, workflow, stepPath: step, agentName: agent } = call;
  const { model, priceBook, countedUsd } = cost;
  const { kind } = call.agent;
  const record = {
    run,
    workflow,
    step,
    agent,
    kind,
    model,
    askedModel: reserved.model,
    usage,
    priceBook,
    countedUsd,
    durationMs,
  };
  return { record, before, unanswered: count };
}

function withoutBefore({ usage, usd }: Use["told"], before: Usage): Pick<Use["told"], "usage" | "usd"> {
  return {
    usage: usage && tokensSince(usage, before),
    usd: usd === undefined ? undefined : Math.max(0, usd - before.usd),
  };
}
