import type { StrategyName } from "../plan/route.ts";
import type { Scored } from "./score.ts";

/** What a strategy may go by besides the scores. */
export interface Circumstances {
  /** Turns taken so far by a rotation over the same agents. */
  readonly turn: number;
  /** 0 to 1, drawn anew for each choice. */
  readonly random: number;
}

/** One way to put candidates in order, best first. Pure. */
export interface Strategy {
  readonly name: StrategyName;
  /** Each choice takes a turn. @default false */
  readonly takesTurns?: boolean;
  /** Says in one line what made the first one the first. */
  reason(first: Scored): string;
  rank(candidates: readonly Scored[], circumstances: Circumstances): readonly Scored[];
}

/** Puts candidates in order by one number, greatest first; equals by their totals, then by the order of the file. */
export function rankBy(candidates: readonly Scored[], value: (one: Scored) => number): readonly Scored[] {
  return [...candidates].sort((a, b) => value(b) - value(a) || b.total - a.total);
}

/** The same order, beginning at another place. */
export function rotate(candidates: readonly Scored[], by: number): readonly Scored[] {
  const at = candidates.length === 0 ? 0 : by % candidates.length;
  return [...candidates.slice(at), ...candidates.slice(0, at)];
}
