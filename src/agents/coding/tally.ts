import { addTokens, NO_TOKENS, tokensSince } from "../../plan/usage.ts";
import type { Heard } from "./coding-program.ts";
import type { Session, Used } from "./session-memory.ts";

/** What stands between the counters of a session and what one call is charged. */
export interface Tally {
  /** What the conversation was charged for this session before the call. */
  readonly base: Used | undefined;
  /** What the call used in sessions that are lost. */
  readonly sunk: Used | undefined;
}

/** What a call has used: its session's counters without what was charged before, and what its lost sessions used. */
export function usedByCall({ used, usd }: Pick<Heard, "used" | "usd">, { base, sunk }: Tally): Used {
  // A session that has used less than before has begun to count anew.
  const before = base === undefined || base.used.outputTokens > used.outputTokens ? undefined : base;
  return {
    used: addTokens(tokensSince(used, before?.used ?? NO_TOKENS), sunk?.used ?? NO_TOKENS),
    usd: usd === undefined ? undefined : Math.max(0, usd - (before?.usd ?? 0)) + (sunk?.usd ?? 0),
  };
}

/** The tally of a call that has lost its session and begins another one. */
export function withoutSession(tally: Tally, lost: Session): Tally {
  return { base: undefined, sunk: usedByCall(lost, tally) };
}
