import { capabilitiesOf } from "../../plan/capabilities.ts";
import type { ToolSpec } from "../../plan/plan.ts";
import type { StepDraft } from "../step-kinds/step-compiler.ts";
import { chooseTool, type ToolAbilities } from "../tool-kinds/choose-tool.ts";
import type { ToolEntry } from "../tool-kinds/tool-entry.ts";

/** The agents and tools of a project, and what is known of them. */
export type Surroundings = Pick<StepDraft, "agents" | "capabilities" | "tools" | "toolEntries">;

/** How one agent reaches tools. */
export interface FittedTools {
  /** Those that it reaches in another way than a step without an agent; absent where there are none. */
  readonly toolSpecs?: { readonly [tool: string]: ToolSpec };
  /** Those that it cannot use, and the feature it would need. */
  readonly misfits: readonly { readonly tool: string; readonly missing: string }[];
}

/** Chooses the implementation of each tool for an agent that there is. The tools are known to be good. */
export function fitTools(tools: readonly string[], agent: string, around: Surroundings): FittedTools {
  const facts = capabilitiesOf({ kind: "", ...around.agents[agent], name: agent }, around.capabilities);
  const abilities = { mcp: facts.mcp.value, "tool-calling": facts["tool-calling"].value } as ToolAbilities;
  const own: Record<string, ToolSpec> = {};
  const misfits: { tool: string; missing: string }[] = [];
  for (const tool of tools) {
    const { spec, missing } = chooseTool(around.toolEntries[tool] as ToolEntry, abilities);
    if (missing !== undefined) misfits.push({ tool, missing });
    else if (spec !== undefined && JSON.stringify(spec) !== JSON.stringify(around.tools[tool])) own[tool] = spec;
  }
  return { ...(Object.keys(own).length === 0 ? {} : { toolSpecs: own }), misfits };
}
