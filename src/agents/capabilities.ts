/** What a kind of agent can do. */
export interface Capabilities {
  readonly toolCalling: boolean;
  readonly structuredOutput: "native" | "prompted" | "recorded";
  readonly streaming: boolean;
  readonly multiTurn: boolean;
  readonly needsNetwork: boolean;
}

const BUILT_IN: Readonly<Record<string, Capabilities>> = {
  recorded: { toolCalling: true, structuredOutput: "recorded", streaming: false, multiTurn: true, needsNetwork: false },
  anthropic: { toolCalling: true, structuredOutput: "prompted", streaming: true, multiTurn: true, needsNetwork: true },
  openai: { toolCalling: true, structuredOutput: "native", streaming: true, multiTurn: true, needsNetwork: true },
};

const NOTHING: Capabilities = {
  toolCalling: false,
  structuredOutput: "prompted",
  streaming: false,
  multiTurn: false,
  needsNetwork: true,
};

/** The capabilities of a kind. */
export function capabilitiesOf(kind: string): Capabilities {
  return (Object.hasOwn(BUILT_IN, kind) ? BUILT_IN[kind] : undefined) ?? NOTHING;
}
