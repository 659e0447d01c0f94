// What every fault of an input, a configuration or a run is told as. Imports the plan room only.
// `catalogue.ts` has all codes, `render-*.ts` the ways to print one.

/** A stretch of a file. Lines and columns from 1, columns in UTF-16 units, a BOM not counted; `end` is exclusive. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** One fault, with what to do about it. */
export interface Diagnostic {
  /** Slug such as `step/unknown-tool`: the same word in JSON, docs, metrics and `ApplicationFailure.type`. */
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly file?: string;
  readonly span?: Span;
  readonly expected?: string;
  readonly hint: string;
  readonly related?: readonly { readonly message: string; readonly file?: string; readonly span: Span }[];
}

/** Thrown by rooms above the compiler when bad input or a missing condition ends a command; carries what to print. */
export class DiagnosticError extends Error {
  override readonly name = "DiagnosticError";
  readonly diagnostics: readonly Diagnostic[];
  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((d) => `${d.code}: ${d.message}`).join("\n"));
    this.diagnostics = diagnostics;
  }
}
