import { answerBoundOf } from "../../costs/answer-bound.ts";
import { DEFAULT_MAX_TOKENS, estimateCall, estimateTokens } from "../../costs/estimate-call.ts";
import type { FoundPrice } from "../../costs/find-price.ts";
import type { Ledger } from "../../ledger/open-ledger.ts";
import { readStanding, type Wish } from "../../ledger/reservations.ts";
import { readDearest } from "../../ledger/dearest-call.ts";
import type { AgentCall } from "../../plan/activity.ts";
import type { Cap } from "../../plan/budget.ts";

/** An answer of fewer tokens is not worth its call. */
const LEAST_ANSWER_TOKENS = 256;

/** What is known of a call before it is made. */
interface CallFacts {
  readonly price: FoundPrice | undefined;
  readonly model: string;
  readonly bytes: number;
  readonly maxTokens: number | undefined;
}

/** What a call may cost. Recorded replies say themselves what they use, so nothing is known of the least. */
export function amountsOfCall(
  call: AgentCall,
  { price, bytes, model, maxTokens: bound }: CallFacts,
  ledger: Ledger,
): Pick<Wish, "least" | "most" | "held" | "isFirst"> {
  const maxTokens = bound ?? answerBoundOf(call.agent);
  const usd = price && estimateCall(price.price, { bytes, maxTokens, timeoutMs: call.timeoutMs });
  const input = estimateTokens(bytes);
  const isRecorded = call.agent.kind === "recorded";
  const most = { usd: usd?.most ?? null, tokens: input.most + (maxTokens ?? DEFAULT_MAX_TOKENS) };
  const before = readDearest(ledger, { agent: call.agentName, model });
  return {
    least: {
      usd: isRecorded && price?.price.unit === "tokens" ? 0 : (usd?.least ?? null),
      tokens: isRecorded ? 0 : input.least,
    },
    most,
    held: { usd: Math.max(most.usd ?? 0, before.usd ?? 0), tokens: Math.max(most.tokens, before.tokens) },
    isFirst: before.calls === 0,
  };
}

/** Where an agent names no `max-tokens`, its answer may cost what the step's budget leaves, and no more. */
export function boundAnswer(
  { agent }: AgentCall,
  { price: found, bytes, caps }: { readonly price: FoundPrice | undefined; bytes: number; caps: readonly Cap[] },
  ledger: Ledger,
): number | undefined {
  const price = found?.price;
  if (answerBoundOf(agent) !== undefined || price?.unit !== "tokens") return undefined;
  const input = estimateTokens(bytes).most;
  const inputUsd = estimateCall(price, { bytes, maxTokens: 0, timeoutMs: 0 }).most;
  const rooms = caps
    .filter(({ isStep }) => isStep)
    .flatMap((cap) => {
      const { usd, tokens, spent } = readStanding(ledger, cap);
      const forUsd = usd === null || price.output === 0 ? [] : [((usd - spent.usd - inputUsd) * 1e6) / price.output];
      return [...forUsd, ...(tokens === null ? [] : [tokens - spent.tokens - input])];
    });
  const room = Math.floor(Math.min(...rooms));
  return room >= DEFAULT_MAX_TOKENS ? undefined : Math.max(room, LEAST_ANSWER_TOKENS);
}
