import { createHash } from "node:crypto";
import type { Pins } from "../plan/pins.ts";
import { StepFailure } from "../plan/step-failure.ts";
import type { ToolDefinition } from "./tool-kind.ts";

/** Pins of the definitions that have none yet. Throws `StepFailure` `tool/changed` where one is not what it was. */
export function pinDefinitions(
  definitions: readonly ToolDefinition[],
  known: Pins,
  way: string,
): Record<string, string> {
  const added: Record<string, string> = {};
  for (const { tool, operation, description, parameters } of definitions) {
    const name = `${way}.${operation}`;
    const now = [hashOf(description), hashOf(canonical(parameters))];
    const before = known[name]?.split(".");
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
