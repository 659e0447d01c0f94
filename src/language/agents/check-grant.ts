import type { Span } from "../../diagnostics/diagnostic.ts";
import { nearestName } from "../yaml/nearest-name.ts";
import type { StepDraft } from "../step-kinds/step-compiler.ts";

/** Complains where `server.operation` or `server.*` names no tool. */
export function checkGrant(draft: StepDraft, grant: string, span: Span): void {
  const [tool = "", ...operation] = grant.split(".");
  if (operation.length === 0) {
    draft.complain({
      code: "step/bad-value",
      message: `a grant names an operation: ${grant}.* or ${grant}.NAME`,
      span,
    });
  } else if (!Object.hasOwn(draft.tools, tool)) {
    const near = nearestName(tool, Object.keys(draft.tools));
    draft.complain({
      code: "step/unknown-tool",
      message: `there is no tool ${tool}`,
      span,
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  }
}
