import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import type { CommandCall } from "./command.ts";
import { openPrompts } from "./prompts.ts";

/** Goes on where effects may happen a second time: `--yes`, or somebody at the terminal says so. Else throws `run/would-repeat`. */
export async function confirmRepeats({ out, options }: Pick<CommandCall, "out" | "options">): Promise<void> {
  if (options["yes"] === true) return;
  if (out.interactive) {
    const { confirm } = await openPrompts();
    if ((await confirm("Repeat these effects?")) === true) return;
  }
  throw new DiagnosticError([
    createDiagnostic({
      code: "run/would-repeat",
      message: "effects would be repeated",
      hint: "say --yes to do it",
    }),
  ]);
}
