// What steps, models and files say is shown on a terminal; it never moves the cursor, clears the screen, sets a title or hides text.
import type { Diagnostic } from "../diagnostics/diagnostic.ts";

const CONTROL = /[^\P{Cc}\n\t]/gu;
const FIRST_PICTURE = 0x2400;
const LAST_C0 = 0x1f;

/** Control characters are pictures (`␛`); newlines and tabs stay. Our own colours come after. */
export function harmless(text: string): string {
  return text.replaceAll(CONTROL, pictureOf);
}

/** A diagnostic with all that it says made so. */
export function harmlessDiagnostic(diagnostic: Diagnostic): Diagnostic {
  const text = JSON.stringify(diagnostic, (_, value: unknown) => (typeof value === "string" ? harmless(value) : value));
  return JSON.parse(text) as Diagnostic;
}

function pictureOf(control: string): string {
  const code = control.codePointAt(0) as number;
  return code > LAST_C0 ? "\uFFFD" : String.fromCodePoint(FIRST_PICTURE + code);
}
