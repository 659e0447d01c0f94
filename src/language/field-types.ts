import { isJsonObject, type JsonObject, type JsonValue } from "../plan/json.ts";
import { isMisspelt } from "./yaml/nearest-name.ts";

/** Types that a field can have. */
export const TYPES = ["string", "number", "integer", "boolean", "array", "object"] as const;

/** One of them. */
export type FieldType = (typeof TYPES)[number];

/** What other languages call them; undefined where there is none that could be meant. */
const OTHER_NAMES = new Map<string, FieldType | undefined>([
  ["str", "string"],
  ["text", "string"],
  ["date", "string"],
  ["datetime", "string"],
  ["int", "integer"],
  ["long", "integer"],
  ["float", "number"],
  ["double", "number"],
  ["decimal", "number"],
  ["bool", "boolean"],
  ["list", "array"],
  ["dict", "object"],
  ["map", "object"],
  ["any", undefined],
]);
/** What a field may say besides its type. */
const SETTINGS = ["required", "default", "enum", "pattern", "min", "max", "items", "properties", "description"];

/** The type of this name. */
export function typeOfName(value: JsonValue | undefined): FieldType | undefined {
  return TYPES.find((type) => type === value);
}

/** What somebody means who gives a type by a wrong name; undefined for a word that is none. */
export function misnamedType(value: JsonValue | undefined): { readonly meant: FieldType | undefined } | undefined {
  if (typeof value !== "string" || typeOfName(value) !== undefined) return undefined;
  const word = value.toLowerCase();
  if (OTHER_NAMES.has(word)) return { meant: OTHER_NAMES.get(word) };
  const meant = TYPES.find((type) => isMisspelt(word, type));
  return meant === undefined ? undefined : { meant };
}

/** True for what says types, and is no value: `integer`, `[integer]`, `{ a: integer }`. */
export function isDeclaration(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) return value.length === 1 && isDeclaration(value[0] as JsonValue);
  if (!isJsonObject(value)) return typeOfName(value) !== undefined || misnamedType(value) !== undefined;
  const parts = Object.values(value);
  return isFieldMap(value) || (parts.length > 0 && parts.every(isDeclaration));
}

/** `{type: array, items: …}` is one field, and no map of fields. */
export function isFieldMap(value: JsonObject): boolean {
  return typeOfName(value["type"]) !== undefined && SETTINGS.some((key) => Object.hasOwn(value, key));
}
