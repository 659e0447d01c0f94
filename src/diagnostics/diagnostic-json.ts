import type { Diagnostic } from "./diagnostic.ts";

/** A diagnostic as `--json` prints it. */
export function diagnosticJson({ code, severity, message, file, span, expected, hint }: Diagnostic): object {
  return {
    code,
    severity,
    message,
    file: file ?? null,
    line: span?.line ?? null,
    column: span?.column ?? null,
    ...(expected === undefined ? {} : { expected }),
    hint,
  };
}
