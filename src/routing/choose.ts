// Choosing an agent: pure functions over profiles, prices, load, health and budget. `score.ts` has the scores, `strategies/`
// one way a file to put agents in order, `circuit-breaker.ts` and `find-turn.ts` what holds calls back, `read-candidates.ts`
// what the ledger knows. Imports plan, ledger and costs. Start here.
import { formatUsd } from "../plan/format-usd.ts";
import type { Route, RouteChoice, RouteDecision, ScoredCandidate } from "../plan/route.ts";
import { type Candidate, type Scored, scoreAll } from "./score.ts";
import { strategyOf } from "./strategies.ts";
import type { Circumstances } from "./strategy.ts";

/** What a choice goes by besides the candidates. */
export interface ChoiceCircumstances extends Circumstances {
  /** Agents that failed in this run a short while ago: they are asked last. */
  readonly resting: readonly string[];
  /** US dollars that the budgets of run and step leave, for the record; undefined: no limit. */
  readonly budgetLeftUsd: number | undefined;
}

/** When to ask again where nothing says better. */
const AGAIN_MS = 5000;
const BUDGET_AGAIN_MS = 60_000;

/** Chooses among the candidates of a route, in the order of the file. */
export function chooseAgent(
  route: Route,
  candidates: readonly Candidate[],
  circumstances: ChoiceCircumstances,
): RouteChoice {
  const scored = scoreAll(candidates, route.weights);
  const verdicts = new Map(scored.map((one) => [one, findRule(one, route)]));
  const strategy = strategyOf(route.strategy);
  const free = scored.filter((one) => verdicts.get(one)?.kind !== "unfit" && verdicts.get(one)?.kind !== "busy");
  const isResting = ({ candidate }: Scored) => circumstances.resting.includes(candidate.agent);
  const fresh = free.filter((one) => !isResting(one));
  const ranked = strategy.rank(
    fresh.filter(({ candidate }) => !candidate.isReserve),
    circumstances,
  );
  const order = [...ranked, ...fresh.filter(({ candidate }) => candidate.isReserve), ...free.filter(isResting)];
  const cheap = order.filter((one) => verdicts.get(one) === undefined);
  const [wanted] = order;
  // Where nobody is cheap enough for a budget, it is the budget's own word what happens then.
  const isLeftToBudget = cheap.length === 0 && route.overBudget === "switch_agent";
  const affordable = isLeftToBudget ? order.filter((one) => verdicts.get(one)?.kind === "short") : cheap;
  const [first] = affordable;
  const table = scored.map((one) => tell(one, verdicts.get(one)?.rule));
  const { budgetLeftUsd } = circumstances;
  const budgetLeft = budgetLeftUsd === undefined ? {} : { budgetLeftUsd };
  const nobody = (decision: "reject" | "queue", reason: string, againAfterMs?: number): RouteChoice => ({
    decision,
    order: [],
    reason,
    estimateUsd: null,
    ...budgetLeft,
    candidates: table,
    ...(againAfterMs === undefined ? {} : { againAfterMs }),
  });
  const why = table
    .flatMap(({ agent, rejected }) => (rejected === undefined ? [] : [`${agent}: ${rejected}`]))
    .join("; ");

  if (wanted === undefined) {
    const busy = scored.filter((one) => verdicts.get(one)?.kind === "busy");
    if (busy.length === 0 || route.ifNone === "reject") return nobody("reject", `nobody can be asked: ${why}`);
    const waits = busy.map(({ candidate }) => (candidate.isClosedOff ? candidate.againAfterMs : AGAIN_MS));
    return nobody("queue", `nobody is free: ${why}`, Math.min(...waits));
  }
  const isOver = verdicts.get(wanted) !== undefined && first !== wanted;
  if (isOver && (route.overBudget === "reject" || (first === undefined && route.overBudget === "switch_agent")))
    return nobody("reject", `too dear: ${why}`);
  if (isOver && route.overBudget === "queue") return nobody("queue", `too dear: ${why}`, BUDGET_AGAIN_MS);
  const chosen = first as Scored;
  return {
    decision: decide(route, {
      chosen,
      isOver,
      isRejected: (agent) => isRuledOut(scored, verdicts, agent) || circumstances.resting.includes(agent),
    }),
    order: [chosen, ...fallbacksOf(route, affordable), ...affordable]
      .map(({ candidate }) => candidate.agent)
      .filter((name, index, all) => all.indexOf(name) === index),
    reason: isOver
      ? `${wanted.candidate.agent} is too dear: ${verdicts.get(wanted)?.rule}`
      : isLeftToBudget
        ? `nobody is cheaper, so its budget decides: ${verdicts.get(chosen)?.rule}`
        : strategy.reason(chosen),
    estimateUsd: chosen.candidate.estimateUsd,
    ...budgetLeft,
    candidates: table,
  };
}

/** What speaks against an agent: it does not fit, it cannot be asked now, it costs too much, or there is no money for it. */
interface Rule {
  readonly kind: "unfit" | "busy" | "dear" | "short";
  readonly rule: string;
}

function findRule({ candidate }: Scored, route: Route): Rule | undefined {
  const { latencyMs, estimateUsd, inFlight, maxParallel, isClosedOff, moneyLeft, missing } = candidate;
  if (missing !== undefined) return { kind: "unfit", rule: `program: there is no ${missing}` };
  if (route.maxLatencyMs !== undefined && latencyMs !== null && latencyMs > route.maxLatencyMs)
    return { kind: "unfit", rule: `max-latency: takes about ${latencyMs} ms, ${route.maxLatencyMs} ms are allowed` };
  if (isClosedOff) return { kind: "busy", rule: "breaker: its API is down" };
  if (maxParallel !== undefined && inFlight >= maxParallel)
    return { kind: "busy", rule: `max-parallel: ${inFlight} calls are under way` };
  if (route.maxUsd !== undefined && estimateUsd === null)
    return { kind: "dear", rule: "max-usd: its price is not known" };
  if (route.maxUsd !== undefined && (estimateUsd as number) > route.maxUsd)
    return { kind: "dear", rule: `max-usd: a call costs about ${formatUsd(estimateUsd as number)}` };
  if (moneyLeft !== undefined && estimateUsd === null)
    return { kind: "short", rule: `budget: its price is not known, so ${moneyLeft.of} cannot be kept` };
  if (moneyLeft !== undefined && (estimateUsd as number) > moneyLeft.usd)
    return { kind: "short", rule: `budget: ${moneyLeft.of} leaves ${formatUsd(moneyLeft.usd)}` };
  return undefined;
}

function isRuledOut(
  scored: readonly Scored[],
  verdicts: ReadonlyMap<Scored, Rule | undefined>,
  agent: string,
): boolean {
  const one = scored.find(({ candidate }) => candidate.agent === agent);
  return one === undefined || verdicts.get(one) !== undefined;
}

function decide(
  { primary }: Route,
  { chosen, isOver, isRejected }: { chosen: Scored; isOver: boolean; isRejected: (agent: string) => boolean },
): RouteDecision {
  if (isOver) return "switch_agent";
  if (primary === undefined || chosen.candidate.agent === primary) return "use_primary";
  return isRejected(primary) ? "use_fallback" : "switch_agent";
}

/** Where the file names fallbacks, these are asked first when the chosen agent fails. */
function fallbacksOf({ fallback }: Route, affordable: readonly Scored[]): readonly Scored[] {
  return fallback.flatMap((name) => affordable.filter(({ candidate }) => candidate.agent === name));
}

function tell({ candidate, scores, total }: Scored, rejected: string | undefined): ScoredCandidate {
  const { agent, estimateUsd, inFlight } = candidate;
  const round = (value: number) => Math.round(value * 1000) / 1000;
  return {
    agent,
    scores: {
      capability: round(scores.capability),
      cost: round(scores.cost),
      quality: round(scores.quality),
      availability: round(scores.availability),
      load: round(scores.load),
    },
    total: round(total),
    estimateUsd,
    inFlight,
    ...(rejected === undefined ? {} : { rejected }),
  };
}
