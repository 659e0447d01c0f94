import { catalogue } from "./catalogue.ts";
import type { Diagnostic, Span } from "./diagnostic.ts";

/** What a place of the compiler has to say; severity and hint come from the catalogue unless given. */
export interface Complaint {
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  readonly span?: Span;
  readonly expected?: string | undefined;
  readonly hint?: string | undefined;
  readonly related?: Diagnostic["related"];
}

/** Makes a whole diagnostic. */
export function createDiagnostic(complaint: Complaint): Diagnostic {
  const entry = catalogue[complaint.code];
  const { hint, ...rest } = complaint;
  return {
    ...rest,
    severity: entry?.severity ?? "error",
    hint: hint ?? entry?.hint ?? `see \`aiworkflow explain ${complaint.code}\``,
  };
}
