import type { Span } from "../../diagnostics/diagnostic.ts";
import { capabilitiesOf } from "../../plan/capabilities.ts";
import type { ToolSpec } from "../../plan/plan.ts";
import { chooseTool, type ToolAbilities } from "../tool-kinds/choose-tool.ts";
import type { ToolEntry } from "../tool-kinds/tool-entry.ts";
import type { StepDraft } from "../step-kinds/step-compiler.ts";
import { nearestName } from "../yaml/nearest-name.ts";

/**
 * Checks the grants of an agent step against the tools and against what its agent can do. Gives the tools that this agent
 * reaches in another way than a step without an agent.
 */
export function grantTools(
  draft: StepDraft,
  grants: readonly string[],
  agent: string | undefined,
): { readonly [tool: string]: ToolSpec } {
  const span = draft.reader.has("tools") ? draft.reader.spanOf(["tools"]) : draft.headingSpan;
  const tools = [...new Set(grants.flatMap((grant) => checkGrant(draft, grant, span) ?? []))];
  refuseCollisions(draft, tools, span);
  const kind = agent === undefined ? undefined : draft.agents[agent]?.kind;
  if (agent === undefined || kind === undefined) return {};
  const facts = capabilitiesOf({ name: agent, kind }, draft.capabilities);
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
  return own;
}

/** Complains that there is no such tool, or that it is switched off. */
export function complainOfTool(draft: StepDraft, tool: string, told: { span: Span; operation?: string }): void {
  const { span, operation } = told;
  if (Object.hasOwn(draft.toolEntries, tool)) {
    draft.complain({ code: "step/tool-off", message: `the tool ${tool} is switched off in registry.yaml`, span });
    return;
  }
  const near = nearestName(tool, Object.keys(draft.tools));
  const suggested = operation === undefined ? near : `${near}.${operation}`;
  draft.complain({
    code: "step/unknown-tool",
    message: `there is no tool ${tool}`,
    span,
    hint: near === undefined ? undefined : `did you mean ${suggested}?`,
    ...(operation === undefined ? {} : { expected: Object.keys(draft.tools).join(", ") }),
  });
}

/** Complains of an operation that a tool does not have; a server may know more of them than the registry says. */
export function checkOperation(draft: StepDraft, name: { tool: string; operation: string }, span: Span): void {
  const { tool, operation } = name;
  const spec = draft.tools[tool];
  if (spec === undefined || spec.pinned === true || Object.hasOwn(spec.operations, operation)) return;
  const near = nearestName(operation, Object.keys(spec.operations));
  draft.complain({
    code: "step/unknown-operation",
    message: `${tool} has no operation ${operation}`,
    span,
    hint: near === undefined ? undefined : `did you mean ${tool}.${near}?`,
    expected: Object.keys(spec.operations).join(", "),
  });
}

/** The tool that a grant names, where there is one. */
function checkGrant(draft: StepDraft, grant: string, span: Span): string | undefined {
  const [tool = "", ...rest] = grant.split(".");
  const operation = rest.join(".");
  if (rest.length === 0) {
    draft.complain({
      code: "step/bad-value",
      message: `a grant names an operation: ${grant}.* or ${grant}.NAME`,
      span,
    });
    return undefined;
  }
  if (!Object.hasOwn(draft.tools, tool)) {
    complainOfTool(draft, tool, { span });
    return undefined;
  }
  if (operation !== "*") checkOperation(draft, { tool, operation }, span);
  return tool;
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
