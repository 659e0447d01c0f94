import type { Span } from "../../diagnostics/diagnostic.ts";
import { capabilitiesOf } from "../../plan/capabilities.ts";
import type { StepDraft } from "../step-kinds/step-compiler.ts";

/** Complains where an agent that cannot call tools is granted other agents. */
export function checkToolCalling(draft: StepDraft, name: string, span: Span): void {
  const spec = draft.agents[name];
  if (spec === undefined || capabilitiesOf({ ...spec, name }, draft.capabilities)["tool-calling"].value === true)
    return;
  draft.complain({
    code: "agent/no-tool-calling",
    message: `the step ${draft.id} lets ${name} ask other agents, but the agent ${name} has no tool-calling`,
    span,
  });
}
