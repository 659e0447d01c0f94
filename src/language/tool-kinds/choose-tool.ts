import type { Capabilities } from "../../plan/capabilities.ts";
import type { ToolSpec } from "../../plan/plan.ts";
import { TOOL_KINDS } from "./tool-kind-parsers.ts";
import type { Implementation, ToolEntry } from "./tool-entry.ts";

/** What an agent can do, as far as tools ask for it. */
export type ToolAbilities = Pick<Capabilities, "mcp" | "tool-calling">;

/** How well an agent and a kind of tool go together, as words and as a rank. */
type Fit = "native" | "supported" | "not_supported";
const RANK: Readonly<Record<Fit, number>> = { native: 0, supported: 1, not_supported: 2 };
const LAST = Number.MAX_SAFE_INTEGER;

/** What is chosen, or which feature is missing; neither where every implementation is off. */
export interface ChosenTool {
  readonly spec?: ToolSpec;
  readonly missing?: string;
}

/**
 * The implementation that a step uses, with the others that would do as its fallbacks. What is off, and what the agent cannot
 * use, is left out; then counts `priority`, then what the agent does itself before what is done for it, then the kind (mcp,
 * openapi, custom ones), then the order of the file. A step without an agent can use all kinds.
 */
export function chooseTool({ implementations }: ToolEntry, agent?: ToolAbilities): ChosenTool {
  const on = implementations.filter(({ enabled }) => enabled);
  const usable = on.filter(({ spec }) => fitOf(spec.kind, agent) !== "not_supported");
  const [first, ...others] = [...usable].sort(byPreference(agent));
  if (first === undefined) return on.length === 0 ? {} : { missing: missingFor(on[0]?.spec.kind as string, agent) };
  const fallbacks = others.map(({ spec }) => spec);
  return { spec: { ...first.spec, ...(fallbacks.length === 0 ? {} : { fallbacks }) } };
}

/** Every tool as a step without an agent reaches it; without those that are off. */
export function chosenTools(entries: { readonly [name: string]: ToolEntry }): { readonly [name: string]: ToolSpec } {
  const chosen = Object.entries(entries).map(([name, entry]) => [name, chooseTool(entry).spec] as const);
  return Object.fromEntries(chosen.filter((pair): pair is [string, ToolSpec] => pair[1] !== undefined));
}

/** Tools of which each can be reached in one way. */
export function entriesOf(tools: { readonly [name: string]: ToolSpec }): { readonly [name: string]: ToolEntry } {
  return Object.fromEntries(
    Object.entries(tools).map(([name, spec]) => [name, { implementations: [{ spec, enabled: true }] }]),
  );
}

function fitOf(kind: string, agent: ToolAbilities | undefined): Fit {
  if (agent === undefined) return "supported";
  if (kind === "mcp" && agent.mcp === "native") return "native";
  if (kind === "mcp" && agent.mcp === "none") return "not_supported";
  return agent["tool-calling"] ? "supported" : "not_supported";
}

function missingFor(kind: string, agent: ToolAbilities | undefined): string {
  return kind === "mcp" && agent?.mcp === "none" ? "mcp" : "tool-calling";
}

/** In which order implementations are tried; those of the same rank stay as they are. */
export function byPreference(agent?: ToolAbilities): (a: Implementation, b: Implementation) => number {
  return (a, b) =>
    (a.priority ?? LAST) - (b.priority ?? LAST) ||
    RANK[fitOf(a.spec.kind, agent)] - RANK[fitOf(b.spec.kind, agent)] ||
    TOOL_KINDS.indexOf(a.spec.kind) - TOOL_KINDS.indexOf(b.spec.kind);
}
