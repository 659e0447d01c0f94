import type { ToolSpec } from "../../plan/plan.ts";
import { programSettings } from "../../plan/programs.ts";
import type { StepDraft } from "../step-kinds/step-compiler.ts";

/** What a step grants, and the tools by name as its agent reaches them. */
interface Granted {
  readonly grants: readonly string[];
  readonly specs: { readonly [tool: string]: ToolSpec };
}

/** Programs reach tools over MCP only; and what a step permits, only a program can use. */
export function checkProgram(draft: StepDraft, name: string, tools: Granted): void {
  const { reader, agents } = draft;
  const { grants, specs } = tools;
  const kind = agents[name]?.kind;
  if (kind === undefined) return;
  const spanOf = (key: string) => (reader.has(key) ? reader.spanOf([key]) : draft.headingSpan);
  if (programSettings(kind) === undefined) {
    if (!reader.has("permissions")) return;
    const message = `${name} is of kind ${kind}, which does nothing on this machine: there is nothing to permit`;
    draft.complain({ code: "agent/no-permissions", message, span: spanOf("permissions") });
    return;
  }
  if (reader.has("agents")) {
    const message = `${name} is a program and cannot ask other agents`;
    draft.complain({ code: "agent/tool-not-mcp", message, span: spanOf("agents") });
  }
  const names = new Set(grants.map((grant) => grant.split(".", 1)[0] as string));
  for (const tool of names) {
    const found = specs[tool];
    if (found === undefined || found.command !== undefined) continue;
    const message = `${name} is a program and reaches only MCP servers that it starts itself, but ${tool} is of kind ${found.kind}`;
    draft.complain({ code: "agent/tool-not-mcp", message, span: spanOf("tools") });
  }
}
