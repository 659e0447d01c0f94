import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { parseDuration } from "../language/duration.ts";

/** The value of a flag such as `--timeout 5m`, ms. Throws `DiagnosticError` `duration/bad`. */
export function readDurationFlag(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const ms = parseDuration(value);
  if (ms === undefined)
    throw new DiagnosticError([
      createDiagnostic({ code: "duration/bad", message: `${JSON.stringify(value)} is not a duration` }),
    ]);
  return ms;
}
