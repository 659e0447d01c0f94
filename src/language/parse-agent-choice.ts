import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { type Requirement, REQUIREMENTS } from "../plan/requirements.ts";
import {
  DEFAULT_WEIGHTS,
  FAILOVER_CAUSES,
  type FailoverCause,
  type OverBudget,
  STRATEGIES,
  type StrategyName,
  type Weights,
} from "../plan/route.ts";
import { nearestName } from "./yaml/nearest-name.ts";
import { checkKeys, type Reader } from "./reader.ts";
import { readNumber } from "./read-number.ts";

/** `agent:` as one level of the file says it; what is left out comes from the level above. */
export interface AgentChoice {
  readonly primary?: string;
  readonly fallback?: readonly string[];
  readonly strategy?: StrategyName;
  readonly among?: readonly string[];
  readonly requires?: readonly Requirement[];
  readonly prefer?: readonly string[];
  readonly exclude?: readonly string[];
  readonly maxUsd?: number;
  readonly maxLatencyMs?: number;
  readonly weights?: Partial<Weights>;
  readonly overBudget?: OverBudget;
  readonly ifNone?: "reject" | "queue";
  readonly maxQueueMs?: number;
  readonly maxFailovers?: number;
  readonly failoverOn?: readonly FailoverCause[];
  readonly retryPrimaryAfterMs?: number;
  /** A name alone: that agent and no other, whatever stands above. */
  readonly isName?: boolean;
}

const KEYS = [
  "primary",
  "fallback",
  "strategy",
  "preset",
  "among",
  "requires",
  "prefer",
  "exclude",
  "max-usd",
  "max-latency",
  "weights",
  "over-budget",
  "if-none",
  "max-queue",
  "max-failovers",
  "failover-on",
  "retry-primary-after",
];
const SYNONYMS = {
  name: "primary",
  fallbacks: "fallback",
  fallback_agents: "fallback",
  selection_strategy: "strategy",
  max_failover_attempts: "max-failovers",
  retry_primary_after: "retry-primary-after",
  capabilities: "requires",
};
/** Ready-made strategies: what counts most. */
const PRESETS = {
  default: { strategy: "balanced", weights: DEFAULT_WEIGHTS },
  cost_optimised: {
    strategy: "balanced",
    weights: { capability: 0.15, cost: 0.6, quality: 0.1, availability: 0.1, load: 0.05 },
  },
  quality_optimised: {
    strategy: "balanced",
    weights: { capability: 0.15, cost: 0.05, quality: 0.6, availability: 0.15, load: 0.05 },
  },
} as const satisfies Readonly<Record<string, Pick<AgentChoice, "strategy" | "weights">>>;
const NAMING = ["fallback", "among", "prefer", "exclude"] as const;

/** Reads `agent:`, a name or a map. `codes`: how this level calls wrong values and unknown keys. */
export function readAgentChoice(
  reader: Reader,
  codes: { readonly badValue: string; readonly unknownKey: string },
): AgentChoice | undefined {
  const value = reader.raw("agent");
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const name = reader.text("agent");
    return name === undefined ? undefined : { primary: name, isName: true };
  }
  const map = reader.map("agent") as Reader;
  const { badValue } = codes;
  checkKeys(map, { known: KEYS, unknownCode: codes.unknownKey, synonyms: SYNONYMS });
  const preset = map.oneOf("preset", Object.keys(PRESETS) as (keyof typeof PRESETS)[]);
  const own = compact<AgentChoice>({
    primary: map.text("primary"),
    fallback: map.names("fallback"),
    strategy: map.oneOf("strategy", STRATEGIES),
    among: map.names("among"),
    requires: readWords(map, "requires", { words: REQUIREMENTS, badValue }),
    prefer: map.names("prefer"),
    exclude: map.names("exclude"),
    maxUsd: readNumber(map, "max-usd", { min: 0, badValue }),
    maxLatencyMs: map.durationMs("max-latency"),
    weights: readWeights(map, codes),
    overBudget: map.oneOf("over-budget", ["reject", "switch_agent", "queue"]),
    ifNone: map.oneOf("if-none", ["reject", "queue"]),
    maxQueueMs: map.durationMs("max-queue"),
    maxFailovers: readNumber(map, "max-failovers", { min: 0, max: 20, whole: true, badValue }),
    failoverOn: readWords(map, "failover-on", { words: FAILOVER_CAUSES, badValue }),
    retryPrimaryAfterMs: map.durationMs("retry-primary-after"),
  });
  return preset === undefined ? own : { ...PRESETS[preset], ...own };
}

/** One level over the one above it: a name stands for itself, a map for what it says. */
export function joinChoices(above: AgentChoice | undefined, own: AgentChoice | undefined): AgentChoice | undefined {
  if (own === undefined || own.isName) return own ?? above;
  const { isName: _, ...inherited } = above ?? {};
  return { ...inherited, ...own };
}

/** Complains about every name in `agent:` that no agent has; `given` takes its place on the command line. */
export function checkChoiceNames(reader: Reader, agents: readonly string[], given?: string): void {
  const value = reader.raw("agent");
  const complain = (name: string, path: readonly (string | number)[]) => {
    const near = nearestName(name, agents);
    reader.diagnostics.push(
      createDiagnostic({
        code: "step/unknown-agent",
        message: `there is no agent ${name}`,
        file: reader.file,
        span: reader.spanOf(["agent", ...path]),
        ...(agents.length === 0 ? {} : { expected: agents.join(", ") }),
        ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
      }),
    );
  };
  if (given !== undefined && !agents.includes(given)) complain(given, []);
  if (typeof value === "string" && !agents.includes(value)) complain(value, []);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  const map = value as { readonly [key: string]: unknown };
  if (typeof map["primary"] === "string" && !agents.includes(map["primary"])) complain(map["primary"], ["primary"]);
  for (const key of NAMING) {
    const names = Array.isArray(map[key]) ? (map[key] as readonly unknown[]) : [];
    for (const [index, name] of names.entries())
      if (typeof name === "string" && !agents.includes(name)) complain(name, [key, index]);
  }
}

function readWeights(
  map: Reader,
  { badValue, unknownKey }: { readonly badValue: string; readonly unknownKey: string },
): Partial<Weights> | undefined {
  const weights = map.map("weights");
  if (weights === undefined) return undefined;
  const names = Object.keys(DEFAULT_WEIGHTS) as (keyof Weights)[];
  checkKeys(weights, { known: names, unknownCode: unknownKey });
  return compact<Partial<Weights>>(
    Object.fromEntries(names.map((name) => [name, readNumber(weights, name, { min: 0, max: 1, badValue })])),
  );
}

function readWords<T extends string>(
  map: Reader,
  key: string,
  told: { readonly words: readonly T[]; readonly badValue: string },
): readonly T[] | undefined {
  const words = map.names(key);
  const wrong = words?.find((word) => !(told.words as readonly string[]).includes(word));
  if (wrong === undefined) return words as readonly T[] | undefined;
  const near = nearestName(wrong, told.words);
  map.complain(key, {
    code: told.badValue,
    message: `${key} cannot hold ${wrong}`,
    expected: told.words.join(", "),
    ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
  });
  return undefined;
}

function compact<T extends object>(object: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
