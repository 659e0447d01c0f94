const BEYOND_ASCII = /[^\0-\x7f]/;

/** Bytes of the text in UTF-8; half a surrogate pair counts three. */
export function utf8Bytes(text: string): number {
  // Most text is; it need not be walked through.
  if (!BEYOND_ASCII.test(text)) return text.length;
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x80) continue;
    // The two halves of a pair are four bytes together.
    bytes += code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

/** Bytes of the value as JSON. */
export function jsonBytes(value: unknown): number {
  return utf8Bytes(JSON.stringify(value) ?? "");
}

/** The beginning of the text where it is longer than that many characters. */
export function cutText(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters - 1).toWellFormed()}…`;
}

/** The beginning of the text where it has more bytes. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || utf8Bytes(text) <= maxBytes) return text;
  let end = Math.min(text.length, maxBytes);
  while (utf8Bytes(text.slice(0, end)) > maxBytes - 3)
    end -= Math.ceil((utf8Bytes(text.slice(0, end)) - maxBytes + 3) / 3);
  return `${text.slice(0, end).toWellFormed()}…`;
}
