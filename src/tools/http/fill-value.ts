import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";

/** Arguments of a call, and the names of all that there could be. */
export interface GivenArguments {
  readonly args: JsonObject;
  readonly names: ReadonlySet<string>;
}

/**
 * A value with its arguments put in: `{name}` alone is the argument itself, within text its text. What is left is without
 * what was not given: undefined, or lists and objects that lack it.
 */
export function fillValue(value: JsonValue, given: GivenArguments): JsonValue | undefined {
  if (typeof value === "string") return fillText(value, given);
  if (Array.isArray(value))
    return value.flatMap((inner) => {
      const filled = fillValue(inner as JsonValue, given);
      return filled === undefined ? [] : [filled];
    });
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, fillValue(inner, given)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, JsonValue] => entry[1] !== undefined));
}

function fillText(text: string, { args, names }: GivenArguments): JsonValue | undefined {
  const whole = /^\{([\w.-]+)\}$/.exec(text)?.[1];
  if (whole !== undefined && names.has(whole)) return Object.hasOwn(args, whole) ? args[whole] : undefined;
  return text.replaceAll(/\{([\w.-]+)\}/g, (found, name: string) => {
    if (!names.has(name)) return found;
    return Object.hasOwn(args, name) ? textOf(args[name] as JsonValue) : "";
  });
}

/** Text as it is, null as nothing, anything else as JSON. */
export function textOf(value: JsonValue): string {
  if (value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
