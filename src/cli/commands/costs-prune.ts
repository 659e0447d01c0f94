import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import { formatUsd } from "../../plan/format-usd.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openProject, withLedger } from "../open-costs.ts";

/** `costs prune --before DATE`: forgets old calls. */
export const run: CommandRunner = async ({ options, out }) => {
  const text = options["before"] as string;
  const beforeMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(beforeMs))
    throw new DiagnosticError([
      createDiagnostic({ code: "cli/usage", message: `--before ${text} is not a date`, expected: "2026-11-01" }),
    ]);
  const dryRun = options["dryRun"] === true;
  const { pruneCalls } = await import("../../ledger/read-costs.ts");
  const { calls, usd } = await withLedger(openProject(), (ledger) => pruneCalls(ledger, beforeMs, dryRun));
  out.data({ before: new Date(beforeMs).toISOString(), calls, usd, deleted: !dryRun });
  out.text(`${dryRun ? "Would forget" : "Forgot"} ${calls} calls of ${formatUsd(usd)}.`);
  return EXIT.ok;
};
