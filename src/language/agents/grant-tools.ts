import type { Span } from "../../diagnostics/diagnostic.ts";
import { capabilitiesOf } from "../../plan/capabilities.ts";
import type { ToolSpec } from "../../plan/plan.ts";
import { chooseTool, type ToolAbilities } from "../tool-kinds/choose-tool.ts";
import type { ToolEntry } from "../tool-kinds/tool-entry.ts";
import type { StepDraft } from "../step-kinds/step-compiler.ts";
import { checkGrant } from "./check-grant.ts";

/** Specs of tools by name. */
type ToolSpecs = { readonly [tool: string]: ToolSpec };

/**
 * Checks what an agent is granted against the tools and against what it can do. Gives the tools that it reaches in another
 * way than a step without an agent.
 */
export function grantTools(
  draft: StepDraft,
  grants: readonly string[],
  { agent, span }: { readonly agent: string | undefined; readonly span: Span },
): ToolSpecs | undefined {
  const tools = [...new Set(grants.flatMap((grant) => checkGrant(draft, grant, span) ?? []))];
  refuseCollisions(draft, tools, span);
  const settings = agent === undefined ? undefined : draft.agents[agent];
  if (agent === undefined || settings === undefined) return undefined;
  const facts = capabilitiesOf({ ...settings, name: agent }, draft.capabilities);
  const abilities = { mcp: facts.mcp.value, "tool-calling": facts["tool-calling"].value } as ToolAbilities;
  const own: Record<string, ToolSpec> = {};
  for (const tool of tools) {
    const { spec, missing } = chooseTool(draft.toolEntries[tool] as ToolEntry, abilities);
    if (missing !== undefined)
      draft.complain({
        code: missing === "mcp" ? "agent/tool-not-supported" : "agent/no-tool-calling",
        message: `the step ${draft.id} grants ${tool}, but the agent ${agent} has no ${missing}`,
        span,
      });
    else if (spec !== undefined && JSON.stringify(spec) !== JSON.stringify(draft.tools[tool])) own[tool] = spec;
  }
  return Object.keys(own).length === 0 ? undefined : own;
}

/** Models know an operation as `tool__operation`: `a` with `b__c` would be `a__b` with `c`. */
function refuseCollisions(draft: StepDraft, tools: readonly string[], span: Span): void {
  for (const one of tools) {
    const other = tools.find((name) => name !== one && (name === `${one}_` || name.startsWith(`${one}__`)));
    if (other !== undefined)
      draft.complain({
        code: "step/tool-names-collide",
        message: `a model could not tell operations of ${one} from those of ${other}`,
        span,
      });
  }
}
