import { loadWorkflow } from "../../bundle/load-workflow.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import { renderDrawing, renderMermaid } from "../../report/render-graph.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

/** `graph FILE`: the order of the steps. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const { plan, diagnostics } = loadWorkflow(args[0] as string);
  if (plan === undefined) throw new DiagnosticError(diagnostics);
  const mermaid = renderMermaid(plan);
  out.data({ workflow: plan.name, mermaid });
  out.text(options["mermaid"] === true ? mermaid : renderDrawing(plan));
  return EXIT.ok;
};
