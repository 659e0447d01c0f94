import { loadWorkflow } from "../../bundle/load-workflow.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

/** `plan FILE`: the same JSON with and without `--json`. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const agent = options["agent"] as string | undefined;
  const loaded = loadWorkflow(args[0] as string, agent === undefined ? {} : { agent });
  if (loaded.plan === undefined) throw new DiagnosticError(loaded.diagnostics);
  out.diagnostics(loaded.diagnostics, loaded.text);
  process.stdout.write(`${JSON.stringify(loaded.plan, undefined, 2)}\n`);
  return EXIT.ok;
};
