import type { AgentSpec } from "../plan/agent-spec.ts";
import { DEFAULT_MODELS } from "../plan/default-models.ts";
import type { Price, PriceList } from "../plan/price.ts";
import { findPrice, type FoundPrice } from "./find-price.ts";

/** Replies from a file cost nothing, unless the agent has a price or a model to try costs with. */
const FREE: Price = { unit: "requests", usd: 0 };

/** The model that an agent's calls are charged as, before one is made. */
export function modelOfAgent({ kind, model }: AgentSpec): string {
  return model ?? DEFAULT_MODELS[kind] ?? kind;
}

/** The price of an agent's calls; undefined where nobody knows it. `model`: the one that answered, once that is known. */
export function priceOfAgent(agent: AgentSpec, list?: PriceList, model?: string): FoundPrice | undefined {
  const sources = { own: agent.price, list };
  const named = modelOfAgent(agent);
  if (agent.kind === "recorded" && agent.price === undefined && agent.model === undefined)
    return { model: named, price: FREE, source: "replies from a file", date: null, book: "own" };
  return findPrice(agent.kind === "recorded" ? named : (model ?? named), sources);
}
