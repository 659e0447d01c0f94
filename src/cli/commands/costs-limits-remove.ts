import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import { nearestName } from "../../language/yaml/nearest-name.ts";
import { listLimits, removeLimit } from "../../ledger/limits.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openProject, withLedger } from "../open-costs.ts";

/** `costs limits remove NAME`. */
export const run: CommandRunner = async ({ args, out }) => {
  const [name = ""] = args;
  const project = openProject();
  const names = await withLedger(project, (ledger) =>
    removeLimit(ledger, name) ? undefined : listLimits(ledger).map((limit) => limit.name),
  );
  if (names !== undefined) {
    const isInFile = project.costs.limits?.some((limit) => limit.name === name) ?? false;
    const near = nearestName(name, names);
    const hint = isInFile ? "it stands in aiworkflow.yaml: take it out there" : near && `did you mean ${near}?`;
    throw new DiagnosticError([
      createDiagnostic({
        code: "cli/not-found",
        message: `no limit ${name} was added`,
        ...(hint === undefined ? {} : { hint }),
      }),
    ]);
  }
  out.data({ removed: name });
  out.text(`Removed ${name}.`);
  return EXIT.ok;
};
