import type { ToolSpec } from "../../plan/plan.ts";
import { programSettings } from "../../plan/programs.ts";
import type { StepDraft } from "../step-kinds/step-compiler.ts";

/** Names of the tools that a step grants, and the tools by name as its agent reaches them. */
interface Granted {
  readonly granted: readonly string[];
  readonly specs: { readonly [tool: string]: ToolSpec };
}

/** Why an agent of this kind cannot do a step though its capabilities would let it, by the key that asks too much. */
export function faultsOfProgram(
  kind: string,
  { granted, specs, asksAgents }: Granted & { readonly asksAgents: boolean },
): readonly { readonly key: "agents" | "tools"; readonly fault: string }[] {
  if (programSettings(kind) === undefined) return [];
  const unreachable = granted.flatMap((tool) => {
    const found = specs[tool];
    if (found === undefined || found.command !== undefined) return [];
    const fault = `is a program and reaches only MCP servers that it starts itself, but ${tool} is of kind ${found.kind}`;
    return [{ key: "tools" as const, fault }];
  });
  if (!asksAgents) return unreachable;
  return [{ key: "agents", fault: "is a program and cannot ask other agents" }, ...unreachable];
}

/** Programs reach tools over MCP only, and ask nobody. */
export function checkProgram(draft: StepDraft, name: string, tools: Granted): void {
  const { reader, agents } = draft;
  const kind = agents[name]?.kind;
  if (kind === undefined) return;
  for (const { key, fault } of faultsOfProgram(kind, { ...tools, asksAgents: reader.has("agents") })) {
    const span = reader.has(key) ? reader.spanOf([key]) : draft.headingSpan;
    draft.complain({ code: "agent/tool-not-mcp", message: `${name} ${fault}`, span });
  }
}

/** What a step permits, only a program can use. `names`: all agents that the step may have. */
export function checkPermissions({ reader, agents, complain }: StepDraft, names: readonly string[]): void {
  const kinds = names.map((name) => agents[name]?.kind);
  const [name] = names;
  if (!reader.has("permissions") || name === undefined) return;
  if (kinds.some((kind) => kind === undefined || programSettings(kind) !== undefined)) return;
  complain({
    code: "agent/no-permissions",
    message: `${name} is of kind ${kinds[0]}, which does nothing on this machine: there is nothing to permit`,
    span: reader.spanOf(["permissions"]),
  });
}
