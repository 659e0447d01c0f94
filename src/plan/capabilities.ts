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

const BUILT_IN: Readonly<Record<string, CapabilitySet>> = {
  recorded: { ...TALKING, provider: "recorded" },
  anthropic: { ...TALKING, provider: "anthropic", streaming: true, reasoning: true },
  "claude-code": { ...CODING, provider: "anthropic", "extended-reasoning": true, "structured-output": "native" },
  codex: { ...CODING, provider: "openai", "structured-output": "native" },
  opencode: { ...CODING },
  openai: { ...TALKING, provider: "openai", streaming: true, reasoning: true, "structured-output": "native" },
};

/** One capability and where its value was set. */
export interface CapabilityFact {
  readonly value: Capabilities[keyof Capabilities];
  readonly from: "built-in" | "capabilities.yaml";
}

/**
 * The capabilities of an agent: built-in values of its kind, then what `capabilities.yaml` says of the kind, then what it
 * says of the agent's name.
 */
export function capabilitiesOf(
  agent: { readonly name: string; readonly kind: string },
  file: { readonly [nameOrKind: string]: CapabilitySet },
): Readonly<Record<keyof Capabilities, CapabilityFact>> {
  const builtIn = { ...NOTHING, ...(Object.hasOwn(BUILT_IN, agent.kind) ? BUILT_IN[agent.kind] : {}) };
  const set: CapabilitySet = { ...file[agent.kind], ...file[agent.name] };
  const facts = Object.entries(builtIn).map(([name, value]) => {
    const given = set[name as keyof Capabilities];
    return [name, given === undefined ? { value, from: "built-in" } : { value: given, from: "capabilities.yaml" }];
  });
  return Object.fromEntries(facts) as Readonly<Record<keyof Capabilities, CapabilityFact>>;
}
