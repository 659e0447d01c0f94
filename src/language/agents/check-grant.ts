import type { Span } from "../../diagnostics/diagnostic.ts";
import { checkOperation, complainOfTool } from "../compile/check-tool.ts";
import type { StepDraft } from "../step-kinds/step-compiler.ts";

/** Complains where `server.operation` or `server.*` names no tool, or no operation of it; gives the tool that it names. */
export function checkGrant(draft: StepDraft, grant: string, span: Span): string | undefined {
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
