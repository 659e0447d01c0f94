import { DiagnosticError } from "../diagnostics/diagnostic.ts";

/** A server that cannot be had: code, what happened, what to do. */
export function serverError(code: string, message: string, hint: string): DiagnosticError {
  return new DiagnosticError([{ code, severity: "error", message, hint }]);
}
