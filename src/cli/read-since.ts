import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { parseDuration } from "../language/duration.ts";

/** The moment that lies so far back, such as `7d`. Throws `DiagnosticError` `duration/bad`. */
export function readSince(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new DiagnosticError([createDiagnostic({ code: "duration/bad", message: `${text} is not a duration` })]);
  return new Date(Date.now() - ms);
}
