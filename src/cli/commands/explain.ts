import { catalogue } from "../../diagnostics/catalogue.ts";
import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import { nearestName } from "../../language/yaml/nearest-name.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

/** `explain CODE`. */
export const run: CommandRunner = async ({ args, out }) => {
  const [code = ""] = args;
  const entry = Object.hasOwn(catalogue, code) ? catalogue[code] : undefined;
  if (entry === undefined) {
    const near = nearestName(code, Object.keys(catalogue));
    throw new DiagnosticError([
      createDiagnostic({
        code: "cli/unknown-code",
        message: `there is no code ${code}`,
        ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
      }),
    ]);
  }
  out.data({ code, ...entry });
  out.text(`${code} (${entry.severity})\n\n${entry.summary}\n\nWhat to do: ${entry.hint}`);
  return EXIT.ok;
};
