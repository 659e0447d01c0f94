import { loadWorkflow } from "../../bundle/load-workflow.ts";
import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import type { Plan } from "../../plan/plan.ts";
import { comparePlans, renderPlanDiff } from "../../report/compare-plans.ts";
import type { CommandCall, CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { printPlan } from "../print-plan.ts";

/** `plan FILE`: the plan as JSON, with `--json` as `plan` of an object; `plan --diff OLD NEW`: what differs. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const [file = "", other] = args;
  const plan = load(file, { options, out });
  if (options["diff"] === true) {
    if (other === undefined)
      throw new DiagnosticError([createDiagnostic({ code: "cli/usage", message: "`plan --diff` compares two files" })]);
    const differences = comparePlans(plan, load(other, { options, out }));
    out.data({ old: file, new: other, differences });
    out.text(renderPlanDiff(differences));
    return EXIT.ok;
  }
  printPlan(out, plan);
  return EXIT.ok;
};

function load(file: string, { options, out }: Pick<CommandCall, "options" | "out">): Plan {
  const agent = options["agent"] as string | undefined;
  const loaded = loadWorkflow(file, agent === undefined ? {} : { agent });
  if (loaded.plan === undefined) throw new DiagnosticError(loaded.diagnostics);
  out.diagnostics(loaded.diagnostics, loaded.text);
  return loaded.plan;
}
