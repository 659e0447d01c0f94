import type { AgentProfile } from "../plan/agent-spec.ts";
import type { Circuit } from "../plan/circuit.ts";
import type { Weights } from "../plan/route.ts";
import type { MoneyLeft } from "./read-money-left.ts";

/** What is known of an agent when a choice is made. */
export interface Candidate {
  readonly agent: string;
  readonly profile: AgentProfile;
  readonly capability: number;
  readonly isPreferred: boolean;
  readonly isReserve: boolean;
  /** US dollars of one call; null where the price is not known. */
  readonly estimateUsd: number | null;
  /** Measured, else as the profile says. */
  readonly latencyMs: number | null;
  /** Calls under way over all workers. */
  readonly inFlight: number;
  readonly maxParallel: number | undefined;
  /** What it may still cost; absent where nothing limits it. */
  readonly moneyLeft?: MoneyLeft | undefined;
  /** Of an agent that is a program: the program, where this worker does not have it. */
  readonly missing?: string | undefined;
  readonly circuit: Circuit;
  /** Its breaker lets nothing through now. */
  readonly isClosedOff: boolean;
  /** When that may change. */
  readonly againAfterMs: number;
}

/** A candidate with its scores, each 0 to 1, and what they come to. */
export interface Scored {
  readonly candidate: Candidate;
  readonly scores: Weights;
  readonly total: number;
}

/** What a preferred agent is ahead by. */
const PREFERENCE = 0.1;
/** Of an agent of which nobody has said how good it is. */
const UNKNOWN_QUALITY = 0.5;
const WHEN_TRYING = 0.5;

/** Scores candidates against each other. */
export function scoreAll(candidates: readonly Candidate[], weights: Weights): readonly Scored[] {
  const dearest = Math.max(0, ...candidates.map(({ estimateUsd }) => estimateUsd ?? 0));
  return candidates.map((candidate) => {
    const scores = {
      capability: candidate.capability,
      cost: costScore(candidate, dearest),
      quality: qualityScore(candidate),
      availability: availabilityScore(candidate),
      load: 1 / (1 + candidate.inFlight),
    };
    const names = Object.keys(scores) as (keyof Weights)[];
    const sum = names.reduce((all, name) => all + weights[name] * scores[name], 0);
    return { candidate, scores, total: sum + (candidate.isPreferred ? PREFERENCE : 0) };
  });
}

/** 1 is free, 0 is the dearest, or of unknown price. */
function costScore({ estimateUsd }: Candidate, dearest: number): number {
  if (estimateUsd === null) return 0;
  return dearest === 0 ? 1 : 1 - estimateUsd / dearest;
}

function qualityScore({ profile: { accuracy, reliability, speed } }: Candidate): number {
  const known = [accuracy, reliability, speed].filter((one) => one !== undefined);
  return known.length === 0 ? UNKNOWN_QUALITY : known.reduce((a, b) => a + b) / known.length;
}

function availabilityScore({ circuit, isClosedOff }: Candidate): number {
  if (isClosedOff) return 0;
  return circuit.state === "closed" ? 1 / (1 + circuit.failures) : WHEN_TRYING;
}
