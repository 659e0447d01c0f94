import { createHash } from "node:crypto";
import type { Pins } from "../plan/pins.ts";
import { StepFailure } from "../plan/step-failure.ts";
import type { ToolDefinition } from "./tool-kind.ts";

/** Pins of the definitions that have none yet. Throws `StepFailure` `tool/changed` where one is not what it was. */
export function pinDefinitions(
  definitions: readonly ToolDefinition[],
  pinned: Pins,
  way: string,
): Record<string, string> {
  const added: Record<string, string> = {};
  for (const definition of definitions) {
    const { tool, operation } = definition;
    const name = `${way}.${operation}`;
    const now = hashesOf(definition);
    const before = pinned[name]?.split(".");
    if (before === undefined) added[name] = now.join(".");
    else refuseChange(`${tool}.${operation}`, before, now);
  }
  return added;
}

function refuseChange(name: string, before: readonly string[], now: readonly string[]): void {
  const changed = ["description", "schema"].filter((_, index) => before[index] !== now[index]);
  if (changed.length === 0) return;
  throw new StepFailure(
    "tool/changed",
    `the server of ${name} says something else of it than when this run saw it first: its ${changed.join(" and its ")} changed`,
    { details: { operation: name, changed } },
  );
}

/** A connection says the same for many calls. */
const known = new WeakMap<ToolDefinition, readonly string[]>();

function hashesOf(definition: ToolDefinition): readonly string[] {
  const before = known.get(definition);
  if (before !== undefined) return before;
  const hashes = [hashOf(definition.description), hashOf(canonical(definition.parameters))];
  known.set(definition, hashes);
  return hashes;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

/** The order of keys means nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
