import { parseReplies } from "../agents/recorded-replies.ts";
import { readRecordedUsage } from "../agents/recorded-usage.ts";
import { loadWorkflow } from "../bundle/load-workflow.ts";
import type { EstimateOptions } from "../costs/estimate-plan.ts";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { isJsonObject, type JsonValue } from "../plan/json.ts";
import type { Plan } from "../plan/plan.ts";
import { NO_TOKENS } from "../plan/usage.ts";
import type { CommandCall } from "./command.ts";

/** A workflow whose costs are to be estimated, and what is known for it. Throws `DiagnosticError`. */
export function loadEstimate(
  file: string,
  { options, out }: Pick<CommandCall, "options" | "out">,
): { readonly plan: Plan; readonly known: EstimateOptions } {
  const agent = options["agent"] as string | undefined;
  const { plan, diagnostics, text, files } = loadWorkflow(file, agent === undefined ? {} : { agent });
  if (plan === undefined) throw new DiagnosticError(diagnostics);
  out.diagnostics(diagnostics, text);
  const items = options["items"] as string | undefined;
  if (items !== undefined && !/^\d+$/.test(items))
    throw new DiagnosticError([createDiagnostic({ code: "cli/usage", message: `--items ${items} is not a number` })]);
  return {
    plan,
    known: {
      prices: plan.costs?.prices,
      items: items === undefined ? undefined : Number(items),
      recordedUse(spec, stepId) {
        const bytes = spec.replies && files.get(spec.replies.sha256);
        if (spec.kind !== "recorded" || bytes === undefined) return undefined;
        const replies = parseReplies(Buffer.from(bytes).toString("utf8"));
        return (replies[stepId] ?? []).flatMap((one) => (Array.isArray(one) ? one : [one])).flatMap(useOf);
      },
    },
  };
}

/** A reply that is an error is no call that anybody pays. */
function useOf(reply: JsonValue) {
  if (!isJsonObject(reply)) return [NO_TOKENS];
  return isJsonObject(reply["error"]) ? [] : [readRecordedUsage(reply).usage ?? NO_TOKENS];
}
