import type { HttpParameter, ValueStyle } from "../../plan/http-tool.ts";
import { isJsonObject, type JsonValue } from "../../plan/json.ts";
import { textOf } from "./fill-value.ts";

/** Encodes what stands in a place: percent-encoding, or nothing. */
type Encode = (text: string) => string;

/** One `name=value` of a query, a form or a cookie; both encoded. */
export type Pair = readonly [name: string, value: string];

/** All but what RFC 3986 calls unreserved, percent-encoded. */
export const encodeStrictly: Encode = (text) =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/**
 * Leaves reserved characters and what is encoded already, but for those that would end the query (`#`), part it (`&`),
 * mean a space (`+`), or may not stand in one (`[`, `]`).
 */
const encodeLoosely: Encode = (text) =>
  text
    .split(/(%[0-9A-Fa-f]{2}|[:/?@!$'()*,;=])/)
    .map((part, index) => (index % 2 === 1 ? part : encodeStrictly(part)))
    .join("");

/** The text that takes the place of `{name}` in a path. */
export function writeInPath({ name, style, explode }: HttpParameter, value: JsonValue): string {
  const parts = style === "json" ? undefined : partsOf(value, encodeStrictly);
  if (parts === undefined) return encodeStrictly(style === "json" ? JSON.stringify(value) : textOf(value));
  const pairs = parts.map(({ key, text }) => (key === undefined ? text : `${key}=${text}`));
  const flat = parts.flatMap(({ key, text }) => (key === undefined ? [text] : [key, text])).join(",");
  const written = encodeStrictly(name);
  if (style === "label") return `.${explode ? pairs.join(".") : flat}`;
  if (style !== "matrix") return explode ? pairs.join(",") : flat;
  if (!explode || parts.every(({ isOnly }) => isOnly)) return flat === "" ? `;${written}` : `;${written}=${flat}`;
  return parts.map(({ key, text }) => `;${key ?? written}=${text}`).join("");
}

/** The pairs of a query, a form or a cookie; none for null and for lists without items. */
export function writePairs(
  name: string,
  value: JsonValue,
  { style, explode, allowReserved }: ValueStyle,
): readonly Pair[] {
  if (value === null) return [];
  const encode = allowReserved === true ? encodeLoosely : encodeStrictly;
  const own = encodeStrictly(name);
  if (style === "json") return [[own, encode(JSON.stringify(value))]];
  if (style === "deepObject") return deepPairs(own, value, encode);
  const parts = partsOf(value, encode);
  if (parts.length === 0) return [];
  // OpenAPI says nothing of spaces and pipes between `name=value`s; the same pairs as a form then.
  if (explode) return parts.map(({ key, text }) => [key ?? own, text]);
  const separator = style === "spaceDelimited" ? "%20" : style === "pipeDelimited" ? "%7C" : ",";
  return [[own, parts.flatMap(({ key, text }) => (key === undefined ? [text] : [key, text])).join(separator)]];
}

/** The text of a header, which is not encoded. */
export function writeInHeader({ style, explode }: ValueStyle, value: JsonValue): string {
  if (style === "json") return JSON.stringify(value);
  return partsOf(value, (text) => text)
    .flatMap(({ key, text }) => (key === undefined ? [text] : explode ? [`${key}=${text}`] : [key, text]))
    .join(",");
}

interface Part {
  /** Of a member of an object. */
  readonly key?: string;
  readonly text: string;
  /** The value is neither a list nor an object. */
  readonly isOnly: boolean;
}

function partsOf(value: JsonValue, encode: Encode): readonly Part[] {
  if (Array.isArray(value)) return value.map((item) => ({ text: encode(textOf(item as JsonValue)), isOnly: false }));
  if (!isJsonObject(value)) return [{ text: encode(textOf(value)), isOnly: true }];
  return Object.entries(value).map(([key, inner]) => ({
    key: encode(key),
    text: encode(textOf(inner)),
    isOnly: false,
  }));
}

/** `name[key]=value`, to any depth; a list repeats its name. */
function deepPairs(name: string, value: JsonValue, encode: Encode): readonly Pair[] {
  if (Array.isArray(value)) return value.flatMap((item) => deepPairs(name, item as JsonValue, encode));
  if (!isJsonObject(value)) return [[name, encode(textOf(value))]];
  return Object.entries(value).flatMap(([key, inner]) =>
    deepPairs(`${name}%5B${encodeStrictly(key)}%5D`, inner, encode),
  );
}
