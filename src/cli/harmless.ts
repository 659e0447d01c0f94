// What steps, models and files say is shown on a terminal; it never moves the cursor, clears the screen or sets a title.

const ESCAPE = "\u001B";
const OWN_COLOUR = String.raw`${ESCAPE}\[[\d;]*m`;
const CONTROL = new RegExp(String.raw`${OWN_COLOUR}|[^\P{Cc}\n\t]`, "gu");
const FIRST_PICTURE = 0x2400;
const LAST_C0 = 0x1f;

/** Control characters are pictures (`␛`); newlines and tabs stay, and so do the colours that we have set ourselves. */
export function harmless(text: string): string {
  return text.replaceAll(CONTROL, (found) => (found.length > 1 ? found : pictureOf(found)));
}

function pictureOf(control: string): string {
  const code = control.codePointAt(0) as number;
  return code > LAST_C0 ? "\uFFFD" : String.fromCodePoint(FIRST_PICTURE + code);
}
