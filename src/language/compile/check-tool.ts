import type { Span } from "../../diagnostics/diagnostic.ts";
import type { StepDraft } from "../step-kinds/step-compiler.ts";
import { nearestName } from "../yaml/nearest-name.ts";

/** Complains that there is no such tool, or that it is switched off. */
export function complainOfTool(
  draft: StepDraft,
  tool: string,
  { span, operation }: { readonly span: Span; readonly operation?: string },
): void {
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
export function checkOperation(
  draft: StepDraft,
  { tool, operation }: { readonly tool: string; readonly operation: string },
  span: Span,
): void {
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
