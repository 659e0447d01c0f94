import { isJsonObject, type JsonValue } from "../plan/json.ts";

/** A map of texts; what was written as several parts, such as words and a secret, is one text. */
export function joinTexts(map: JsonValue): Readonly<Record<string, string>> {
  const entries = Object.entries(isJsonObject(map) ? map : {}).map(([name, value]) => [name, textOf(value)]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function textOf(value: JsonValue): string {
  if (Array.isArray(value)) return value.map((part) => textOf(part as JsonValue)).join("");
  return typeof value === "string" ? value : JSON.stringify(value);
}
