import { capabilitiesOf } from "../../plan/capabilities.ts";
import { capabilityScore, meets, type Requirement } from "../../plan/requirements.ts";
import {
  DEFAULT_WEIGHTS,
  FAILOVER_CAUSES,
  type RejectedCandidate,
  type Route,
  type RouteCandidate,
} from "../../plan/route.ts";
import { fitTools, type Surroundings } from "../agents/fit-tools.ts";
import { faultOfProgram } from "./check-program.ts";
import type { AgentChoice } from "../parse-agent-choice.ts";

const HOUR_MS = 3_600_000;
const FIVE_MINUTES_MS = 300_000;

/** What there is to choose from, and what the step wants of its agent. */
export interface AgentsAround extends Surroundings {
  /** Names of all agents that an open choice is among. */
  readonly pool: readonly string[];
  /** Names of the tools that the step grants: each agent must be able to use them, in its own way. */
  readonly granted: readonly string[];
  /** The agent may ask others. */
  readonly asksAgents: boolean;
}

/** The agent of a step, and the route where the file leaves a choice; `nobody` where its rules leave nobody. */
export type CompiledChoice =
  | { readonly agent: string; readonly route?: Route }
  | { readonly nobody: readonly RejectedCandidate[] };

/** Works out which agents a step may have: all that follows from the files alone. Names are known to be good. */
export function compileRoute(choice: AgentChoice, around: AgentsAround): CompiledChoice | undefined {
  const named = namesOf(choice, around);
  const [first] = named;
  if (first === undefined) return undefined;
  const only = named.length === 1 && isPlain(choice);
  if (only) return { agent: first };
  const candidates: RouteCandidate[] = [];
  const rejected: RejectedCandidate[] = [];
  const required: readonly Requirement[] = [
    ...new Set([...(choice.requires ?? []), ...(around.asksAgents ? ["tool-calling" as const] : [])]),
  ];
  const isPool = choice.strategy !== undefined && choice.among !== undefined;
  const isInPool = (agent: string) => agent === choice.primary || choice.among?.includes(agent) === true;
  for (const agent of named) {
    const facts = capabilitiesOf({ kind: "", ...around.agents[agent], name: agent }, around.capabilities);
    const { toolSpecs, misfits } = fitTools(around.granted, agent, around);
    const lacks = new Set([...required.filter((one) => !meets(facts, one)), ...misfits.map(({ missing }) => missing)]);
    const fault = faultOfProgram(around.agents[agent]?.kind ?? "", around);
    if (choice.exclude?.includes(agent)) rejected.push({ agent, rule: "excluded" });
    else if (fault !== undefined) rejected.push({ agent, rule: fault });
    else if (lacks.size > 0) rejected.push({ agent, rule: `lacks ${[...lacks].join(", ")}` });
    else {
      const isPreferred = choice.prefer?.includes(agent) ?? false;
      const isReserve = isPool && choice.fallback?.includes(agent) === true && !isInPool(agent);
      const capability = round(capabilityScore(facts, required));
      const own = toolSpecs === undefined ? {} : { toolSpecs };
      candidates.push({ agent, capability, isPreferred, isReserve, ...own });
    }
  }
  if (candidates[0] === undefined) return { nobody: rejected };
  return { agent: candidates[0].agent, route: { ...settingsOf(choice), candidates, rejected } };
}

/** In order, each once: the primary, its fallbacks, the others to choose among. */
function namesOf(choice: AgentChoice, { agents, pool }: AgentsAround): readonly string[] {
  const { primary, fallback = [], among = [], strategy } = choice;
  const named = [...(primary === undefined ? [] : [primary]), ...among, ...fallback];
  const isOpen = strategy !== undefined && among.length === 0 && fallback.length === 0;
  return [...new Set(isOpen ? [...named, ...pool] : named)].filter((name) => Object.hasOwn(agents, name));
}

/** True where no rule could ever speak against the one agent. */
function isPlain({ requires, exclude, maxUsd, maxLatencyMs, ifNone }: AgentChoice): boolean {
  return [requires, exclude, maxUsd, maxLatencyMs, ifNone].every((rule) => rule === undefined);
}

function settingsOf(choice: AgentChoice): Omit<Route, "candidates" | "rejected"> {
  const { primary, strategy, maxUsd, maxLatencyMs } = choice;
  return {
    ...(primary === undefined ? {} : { primary }),
    fallback: choice.fallback ?? [],
    ...(strategy === undefined ? {} : { strategy }),
    weights: { ...DEFAULT_WEIGHTS, ...choice.weights },
    ...(maxUsd === undefined ? {} : { maxUsd }),
    ...(maxLatencyMs === undefined ? {} : { maxLatencyMs }),
    overBudget: choice.overBudget ?? "switch_agent",
    ifNone: choice.ifNone ?? "reject",
    handover: "conversation",
    maxQueueMs: choice.maxQueueMs ?? HOUR_MS,
    maxFailovers: choice.maxFailovers ?? 2,
    failoverOn: choice.failoverOn ?? FAILOVER_CAUSES,
    retryPrimaryAfterMs: choice.retryPrimaryAfterMs ?? FIVE_MINUTES_MS,
  };
}

function round(score: number): number {
  return Math.round(score * 1000) / 1000;
}
