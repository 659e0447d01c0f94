import type { Capabilities, CapabilitySet } from "../plan/capabilities.ts";
import { nearestName } from "./yaml/nearest-name.ts";
import { checkKeys, type Reader } from "./reader.ts";

/** How each capability is read; a test holds this table against the type. */
const READ: { readonly [K in keyof Capabilities]: (reader: Reader, key: K) => unknown } = {
  provider: (reader, key) => reader.text(key),
  version: (reader, key) => reader.text(key),
  models: (reader, key) => reader.names(key),
  "tool-calling": (reader, key) => reader.flag(key),
  "structured-output": (reader, key) => reader.oneOf(key, ["native", "prompted"]),
  streaming: (reader, key) => reader.flag(key),
  "multi-turn": (reader, key) => reader.flag(key),
  reasoning: (reader, key) => reader.flag(key),
  "extended-reasoning": (reader, key) => reader.flag(key),
  "code-execution": (reader, key) => reader.flag(key),
  "file-creation": (reader, key) => reader.flag(key),
  mcp: (reader, key) => reader.oneOf(key, ["native", "bridged", "none"]),
  "web-search": (reader, key) => reader.flag(key),
  "context-window": (reader, key) => reader.count(key),
};

/** Reads `capabilities.yaml`: agent name, or kind of agent, to what it can do. `known` are the names that make sense. */
export function parseCapabilities(
  reader: Reader,
  known: readonly string[],
): { readonly [nameOrKind: string]: CapabilitySet } {
  const found: Record<string, CapabilitySet> = {};
  for (const name of Object.keys(reader.object)) {
    if (!known.includes(name)) {
      const near = nearestName(name, known);
      reader.complain(
        name,
        {
          code: "config/unknown-key",
          message: `there is no agent, and no kind of agent, called ${name}`,
          expected: known.join(", "),
          hint: near === undefined ? undefined : `did you mean ${near}?`,
        },
        "key",
      );
      continue;
    }
    const entry = reader.map(name);
    if (entry !== undefined) found[name] = parseCapabilitySet(entry);
  }
  return found;
}

/** Reads what one agent, or one kind, can do. */
export function parseCapabilitySet(reader: Reader): CapabilitySet {
  checkKeys(reader, { known: Object.keys(READ), unknownCode: "config/unknown-key" });
  const values = Object.entries(READ).map(([key, read]) => [key, read(reader, key as never)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}
