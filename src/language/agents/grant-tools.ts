import type { Span } from "../../diagnostics/diagnostic.ts";
import type { StepDraft } from "../step-kinds/step-compiler.ts";
import { fitTools, type FittedTools } from "./fit-tools.ts";

/**
 * Checks tools that one agent is granted against what it can do. Gives those that it reaches in another way than a step
 * without an agent.
 */
export function grantTools(
  draft: StepDraft,
  tools: readonly string[],
  { agent, span }: { readonly agent: string; readonly span: Span },
): FittedTools["toolSpecs"] {
  if (!Object.hasOwn(draft.agents, agent)) return undefined;
  const { toolSpecs, misfits } = fitTools(tools, agent, draft);
  for (const { tool, missing } of misfits)
    draft.complain({
      code: missing === "mcp" ? "agent/tool-not-supported" : "agent/no-tool-calling",
      message: `the step ${draft.id} grants ${tool}, but the agent ${agent} has no ${missing}`,
      span,
    });
  return toolSpecs;
}
