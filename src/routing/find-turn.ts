import type { AgentRate } from "../plan/agent-spec.ts";

/** Limits hold in every window of this length. */
export const WINDOW_MS = 60_000;

/** Requests that have had their turn, or have it in the future. */
interface Taken {
  readonly atMs: number;
  readonly tokens: number;
}

/**
 * The first moment at which a request of so many tokens may go, behind all that have a turn already: in no minute are there
 * more requests or tokens than allowed. One request that is larger than a minute's tokens has a minute for itself.
 */
export function findTurn(
  taken: readonly Taken[],
  rate: AgentRate,
  { nowMs, tokens }: { readonly nowMs: number; readonly tokens: number },
): number {
  const { requestsPerMinute = Number.POSITIVE_INFINITY, tokensPerMinute = Number.POSITIVE_INFINITY } = rate;
  const own = Math.min(tokens, tokensPerMinute);
  const fits = (atMs: number) => {
    const before = taken.filter((one) => one.atMs > atMs - WINDOW_MS);
    const sum = before.reduce((all, one) => all + one.tokens, 0);
    return before.length < requestsPerMinute && (sum + own <= tokensPerMinute || sum === 0);
  };
  const earliest = Math.max(nowMs, taken.at(-1)?.atMs ?? 0);
  if (fits(earliest)) return earliest;
  const later = taken.map(({ atMs }) => atMs + WINDOW_MS).filter((atMs) => atMs > earliest);
  return later.find(fits) ?? earliest + WINDOW_MS;
}
