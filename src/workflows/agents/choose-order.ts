import type { Route, RouteCandidate, RouteChoice } from "../../plan/route.ts";
import type { AgentStep } from "../../plan/step.ts";
import { callActivity } from "../call-activity.ts";
import { renderInput } from "../evaluate-value.ts";
import { fail } from "../failure-info.ts";
import type { Invocation } from "../invocation.ts";
import { SUSPENDED } from "../run-state.ts";
import { waitHere } from "../wait-here.ts";
import { chargeOf } from "./charge-of.ts";

const CHOICE_TIMEOUT_MS = 30_000;

/**
 * Who is asked, and whom after that. An activity chooses where there is more to it than the order of the file; a step that
 * finds nobody free waits in the run for as long as its route allows. Throws `route/rejected`.
 */
export async function chooseOrder(invocation: Invocation<AgentStep>, route: Route): Promise<RouteChoice> {
  const isLookedAt = route.handover !== undefined && route.candidates.length > 1 && isBudgeted(invocation);
  if (!leavesChoice(route) && !isLookedAt) return orderOfFile(invocation, route);
  const queueUntil = `${invocation.path}/queue`;
  try {
    const choice = await chooseOrQueue(invocation, route, queueUntil);
    invocation.run.deadlines.delete(queueUntil);
    return choice;
  } catch (error) {
    if (error !== SUSPENDED) invocation.run.deadlines.delete(queueUntil);
    throw error;
  }
}

async function chooseOrQueue(
  invocation: Invocation<AgentStep>,
  route: Route,
  queueUntil: string,
): Promise<RouteChoice> {
  for (let round = 1; ; round += 1) {
    const choice = await choose(invocation, route, round);
    reportChoice(invocation, choice);
    if (choice.decision === "reject") throw fail("route/rejected", choice.reason);
    if (choice.decision !== "queue") return choice;
    await queue(invocation, { route, choice, queueUntil });
  }
}

/** What of a route the order of the file does not settle. */
function leavesChoice({ candidates, strategy, maxUsd, maxLatencyMs, ifNone }: Route): boolean {
  const isBound = maxUsd !== undefined || maxLatencyMs !== undefined || ifNone === "queue";
  return isBound || (strategy !== undefined && candidates.length > 1);
}

/** True where money keeps the step in bounds: a cheaper agent may be all that it leaves. */
function isBudgeted(invocation: Invocation): boolean {
  const { budgets = [], limits = [] } = chargeOf(invocation) ?? {};
  return [...budgets, ...limits].some(({ usd, onLimit }) => usd !== undefined && onLimit !== "alert");
}

/** Agents that failed a short while ago come last. */
function orderOfFile({ run, step }: Invocation<AgentStep>, { candidates, primary }: Route): RouteChoice {
  const resting = restingOf(run.restingUntil);
  const names = candidates.map(({ agent }) => agent);
  const order = [...names.filter((name) => !resting.includes(name)), ...names.filter((name) => resting.includes(name))];
  const isFirst = order[0] === (primary ?? step.agent);
  return {
    decision: isFirst ? "use_primary" : "use_fallback",
    order,
    reason: isFirst
      ? "it is the first in the file"
      : names.includes(primary ?? step.agent)
        ? `${primary ?? step.agent} failed a short while ago`
        : `${primary} may not take this step`,
    estimateUsd: null,
    candidates: [],
  };
}

/** Agents that are not to be asked first yet. */
function restingOf(restingUntil: ReadonlyMap<string, number>): readonly string[] {
  return [...restingUntil].filter(([, untilMs]) => untilMs > Date.now()).map(([agent]) => agent);
}

function choose(invocation: Invocation<AgentStep>, route: Route, round: number): Promise<RouteChoice> {
  const { run, step, title } = invocation;
  const charge = chargeOf(invocation);
  const agents = Object.fromEntries(route.candidates.map(({ agent }) => [agent, run.plan.agents[agent]]));
  return callActivity<RouteChoice>(
    invocation,
    "choose-agent",
    {
      route: { ...route, candidates: route.candidates.map(withoutTools) },
      agents,
      ...(run.plan.costs?.prices === undefined ? {} : { prices: run.plan.costs.prices }),
      run: run.keyId,
      workflow: run.plan.name,
      prompt: renderInput(invocation, step.prompt),
      resting: restingOf(run.restingUntil),
      ...(charge === undefined ? {} : { charge }),
    },
    {
      suffix: round === 1 ? "choose" : `choose-${round}`,
      summary: `${title}: choose an agent`,
      effect: "read",
      timeoutMs: CHOICE_TIMEOUT_MS,
    },
  );
}

/** Who is chosen does not depend on them, and they may be large. */
function withoutTools({ agent, capability, isPreferred, isReserve }: RouteCandidate): RouteCandidate {
  return { agent, capability, isPreferred, isReserve };
}

/** A durable wait; its end counts from the first time the step waited. Throws `route/rejected`. */
function queue(
  invocation: Invocation<AgentStep>,
  { route, choice, queueUntil }: { readonly route: Route; readonly choice: RouteChoice; readonly queueUntil: string },
): Promise<null> {
  const { run, title } = invocation;
  const { reason, againAfterMs = 1000 } = choice;
  const untilMs = run.deadlines.get(queueUntil) ?? Date.now() + route.maxQueueMs;
  run.deadlines.set(queueUntil, untilMs);
  const leftMs = untilMs - Date.now();
  if (leftMs <= 0) throw fail("route/rejected", `nobody was free for ${route.maxQueueMs / 1000} s: ${reason}`);
  return waitHere(
    { ...invocation, path: `${invocation.path}/again` },
    { durationMs: Math.min(againAfterMs, leftMs), summary: `${title}: no agent is free`, expired: () => null },
  );
}

/** Puts a choice into the report of its step. */
export function reportChoice({ state }: Invocation, choice: RouteChoice): void {
  const { decision, reason, estimateUsd, budgetLeftUsd, candidates } = choice;
  const left = budgetLeftUsd === undefined ? {} : { budgetLeftUsd };
  state.route = {
    decision,
    reason,
    estimate: estimateUsd,
    ...left,
    ...(candidates.length === 0 ? {} : { candidates }),
  };
}
