import type { Span } from "../../diagnostics/diagnostic.ts";
import type { StepDraft } from "../step-kinds/step-compiler.ts";
import { checkGrant } from "./check-grant.ts";

/** Checks grants against the tools that there are; gives the names of the tools, each once. */
export function checkGrants(draft: StepDraft, grants: readonly string[], span: Span): readonly string[] {
  const tools = [...new Set(grants.flatMap((grant) => checkGrant(draft, grant, span) ?? []))];
  refuseCollisions(draft, tools, span);
  return tools;
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
