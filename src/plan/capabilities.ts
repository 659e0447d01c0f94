import type { AgentSpec } from "./agent-spec.ts";

/** What an agent can do, by the names of `capabilities.yaml`. `null` means that nobody has said. */
export interface Capabilities {
  readonly provider: string | null;
  readonly version: string | null;
  readonly models: readonly string[] | null;
  readonly "tool-calling": boolean;
  readonly "structured-output": "native" | "prompted";
  readonly streaming: boolean;
  readonly "multi-turn": boolean;
  readonly reasoning: boolean | null;
  readonly "extended-reasoning": boolean | null;
  readonly "code-execution": boolean;
  readonly "file-creation": boolean;
  /** `bridged`: the worker calls the MCP server and hands the result on. */
  readonly mcp: "native" | "bridged" | "none";
  readonly "web-search": boolean;
  /** Tokens. */
  readonly "context-window": number | null;
}

/** Some capabilities, as a file sets them. */
export type CapabilitySet = Partial<Capabilities>;

const NOTHING: Capabilities = {
  provider: null,
  version: null,
  models: null,
  "tool-calling": false,
  "structured-output": "prompted",
  streaming: false,
  "multi-turn": false,
  reasoning: null,
  "extended-reasoning": null,
  "code-execution": false,
  "file-creation": false,
  mcp: "none",
  "web-search": false,
  "context-window": null,
};
const TALKING: CapabilitySet = { "tool-calling": true, "multi-turn": true, mcp: "bridged" };

const API: CapabilitySet = { ...TALKING, streaming: true, "structured-output": "native" };

const CODING: CapabilitySet = {
  "tool-calling": true,
  "multi-turn": true,
  streaming: true,
  reasoning: true,
  "code-execution": true,
  "file-creation": true,
  "web-search": true,
  mcp: "native",
};

/** By kind of agent. A kind that is a file of the project can do nothing until somebody says so. */
const BUILT_IN: Readonly<Record<string, CapabilitySet>> = {
  recorded: { ...TALKING, provider: "recorded" },
  anthropic: { ...API, provider: "anthropic", reasoning: true, "extended-reasoning": true },
  openai: { ...API, provider: "openai", reasoning: true, "extended-reasoning": true },
  "claude-code": { ...CODING, provider: "anthropic", "extended-reasoning": true, "structured-output": "native" },
  codex: { ...CODING, provider: "openai", "structured-output": "native" },
  opencode: CODING,
  "openai-compatible": { ...API, provider: "openai-compatible" },
};

/** One capability and where its value was set. */
export interface CapabilityFact {
  readonly value: Capabilities[keyof Capabilities];
  readonly from: "built-in" | "capabilities.yaml" | "agents";
}

/** An agent as far as its capabilities go. */
export interface CapableAgent {
  readonly name: string;
  readonly kind: string;
  /** What its own entry under `agents:` says. */
  readonly capabilities?: CapabilitySet;
}

/**
 * The capabilities of an agent: built-in values of its kind, then what `capabilities.yaml` says of the kind, then what it
 * says of the agent's name, then what the agent's own entry says.
 */
export function capabilitiesOf(
  { name, kind, capabilities: own = {} }: CapableAgent,
  file: { readonly [nameOrKind: string]: CapabilitySet },
): Readonly<Record<keyof Capabilities, CapabilityFact>> {
  const builtIn = { ...NOTHING, ...(Object.hasOwn(BUILT_IN, kind) ? BUILT_IN[kind] : {}) };
  const inFile: CapabilitySet = { ...file[kind], ...file[name] };
  const facts = Object.entries(builtIn).map(([key, value]): [string, CapabilityFact] => {
    const capability = key as keyof Capabilities;
    if (own[capability] !== undefined) return [key, { value: own[capability], from: "agents" }];
    if (inFile[capability] !== undefined) return [key, { value: inFile[capability], from: "capabilities.yaml" }];
    return [key, { value, from: "built-in" }];
  });
  return Object.fromEntries(facts) as Readonly<Record<keyof Capabilities, CapabilityFact>>;
}

/** The agent as a plan holds it: of its capabilities, those that a call is made by, where somebody has said something. */
export function withCapabilities(
  name: string,
  { capabilities, ...spec }: AgentSpec,
  file: { readonly [nameOrKind: string]: CapabilitySet },
): AgentSpec {
  const facts = capabilitiesOf({ ...spec, name, ...(capabilities === undefined ? {} : { capabilities }) }, file);
  const shape = facts["structured-output"];
  const window = facts["context-window"].value;
  return {
    ...spec,
    ...(typeof window === "number" ? { contextTokens: window } : {}),
    ...(shape.from === "built-in" ? {} : { capabilities: { "structured-output": shape.value } as CapabilitySet }),
  };
}

/** How an agent is told of a declared shape: by its API, or in words. */
export function structuredOutputOf(agent: {
  readonly kind: string;
  readonly capabilities?: CapabilitySet;
}): Capabilities["structured-output"] {
  return capabilitiesOf({ name: "", ...agent }, {})["structured-output"].value as Capabilities["structured-output"];
}
