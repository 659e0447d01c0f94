import { isJsonObject, type JsonValue } from "../plan/json.ts";

/** What stands where a secret stood. */
const MASK = "***";

/** Shorter values would mask ordinary words. */
const MIN_SECRET_LENGTH = 4;
/** Shorter pieces of base64 stand in ordinary text, too. */
const MIN_PIECE_LENGTH = 8;

/** Variables whose values are masked even where nobody names them. */
const SECRET_NAME = /(_API_KEY|_TOKEN|_SECRET|_PASSWORD)$/;

/** Values of an environment that are secrets by their names. */
export function secretsByName(env: { readonly [name: string]: string | undefined }): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) => (value && SECRET_NAME.test(name) ? [value] : []));
}

/** Masks secrets in a text. */
export interface Redactor {
  (text: string): string;
  /** How many characters at the end of a text may be the beginning of a secret: for text that comes in pieces. */
  unfinished(text: string): number;
}

/**
 * A function that masks secret values in text: as they are, within base64 and base64url, URL-encoded and JSON-escaped.
 * Values of fewer than 4 characters are left alone.
 */
export function createRedactor(secrets: Iterable<string>): Redactor {
  const needles = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < MIN_SECRET_LENGTH) continue;
    const base64 = Buffer.from(secret, "utf8").toString("base64");
    needles.add(secret);
    needles.add(base64);
    needles.add(base64.replace(/=+$/, ""));
    needles.add(Buffer.from(secret, "utf8").toString("base64url"));
    for (const piece of piecesOf(secret)) needles.add(piece);
    needles.add(encodeURIComponent(secret));
    const escaped = JSON.stringify(secret).slice(1, -1);
    needles.add(escaped);
    needles.add(JSON.stringify(escaped).slice(1, -1));
  }
  const longestFirst = [...needles].sort((a, b) => b.length - a.length);
  // Nearly no text holds any of them: to look for all at once is what large outputs can afford.
  const any = new RegExp(
    longestFirst.map((needle) => needle.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|") || "(?!)",
  );
  const redact = (text: string) =>
    any.test(text) ? longestFirst.reduce((masked, needle) => masked.replaceAll(needle, MASK), text) : text;
  return Object.assign(redact, { unfinished: (text: string) => lengthOfBeginning(text, longestFirst) });
}

/** The length of the longest beginning of one of the words, but not of a whole one, that stands at the end of the text. */
function lengthOfBeginning(text: string, words: readonly string[]): number {
  let longest = 0;
  for (const word of words) {
    let length = Math.min(word.length - 1, text.length);
    while (length > longest && !text.endsWith(word.slice(0, length))) length -= 1;
    longest = Math.max(longest, length);
  }
  return longest;
}

/** What the secret looks like where it was encoded with text before or after it, as in a header of a login. */
function piecesOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, "utf8");
  return [0, 1, 2].flatMap((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]);
    const [first, last] = [Math.ceil((before * 4) / 3), Math.floor((all.length * 4) / 3)];
    return (["base64", "base64url"] as const)
      .map((encoding) => all.toString(encoding).slice(first, last))
      .filter((piece) => piece.length >= MIN_PIECE_LENGTH);
  });
}

/**
 * The value with whatever `redact` masks in its texts, names and numbers; masked as text, it might be JSON no more. What holds nothing is
 * given back as it is: of a large value a copy costs more than the search.
 */
export function redactValue(value: JsonValue, redact: (text: string) => string): JsonValue {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) {
    const masked = value.map((part: JsonValue) => redactValue(part, redact));
    return masked.every((part, index) => part === value[index]) ? value : masked;
  }
  if (isJsonObject(value)) {
    let isSame = true;
    const entries: [string, JsonValue][] = [];
    for (const name of Object.keys(value)) {
      const part = value[name] as JsonValue;
      const [maskedName, masked] = [redact(name), redactValue(part, redact)];
      isSame &&= maskedName === name && masked === part;
      entries.push([maskedName, masked]);
    }
    return isSame ? value : Object.fromEntries(entries);
  }
  const text = JSON.stringify(value);
  const masked = redact(text);
  return masked === text ? value : masked;
}
