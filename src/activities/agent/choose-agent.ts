import { readRotation, recordChoice, takeRotation } from "../../ledger/choices.ts";
import { agentPlace, takePlace } from "../../ledger/places.ts";
import type { ChooseCall } from "../../plan/activity.ts";
import type { RouteChoice } from "../../plan/route.ts";
import { chooseAgent as choose } from "../../routing/choose.ts";
import { estimateTokens } from "../../routing/estimate.ts";
import { readCandidates } from "../../routing/read-candidates.ts";
import { rotationOf } from "../../routing/rotation-of.ts";
import { strategyOf } from "../../routing/strategies.ts";
import type { ActivityHandler } from "../activity-context.ts";
import { ticketOf } from "./ticket.ts";

/** A promised call that does not begin in this time counts no longer. */
const PROMISE_MS = 20_000;

/**
 * Chooses the agent of a step by what all workers know now. The choice counts as load at once, so that steps that begin
 * together do not all choose the same agent.
 */
export const chooseAgent: ActivityHandler<ChooseCall, RouteChoice> = async (call, context) => {
  const { route, agents, prices, resting, budgetLeftUsd, run, workflow, stepPath } = call;
  const prompt = JSON.stringify(await context.resolve(call.prompt));
  const ledger = context.ledger();
  return ledger.atomically(() => {
    const nowMs = Date.now();
    const candidates = readCandidates(ledger, route, { agents, promptTokens: estimateTokens(prompt), prices, nowMs });
    const rotation = rotationOf(workflow, route);
    const turn = readRotation(ledger, rotation);
    const choice = choose(route, candidates, { turn, random: Math.random(), resting, budgetLeftUsd });
    const [agent] = choice.order;
    if (agent === undefined || agents[agent] === undefined) {
      const { decision } = choice;
      recordChoice(ledger, { id: context.callId, run, workflow, step: stepPath, agent: null, decision, atMs: nowMs });
      return choice;
    }
    if (strategyOf(route.strategy).takesTurns) takeRotation(ledger, rotation);
    takePlace(ledger, agentPlace(agent), { holder: ticketOf(call), untilMs: nowMs + PROMISE_MS });
    return choice;
  });
};
