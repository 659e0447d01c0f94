import type { Complaint } from "../../diagnostics/create-diagnostic.ts";
import type { Span } from "../../diagnostics/diagnostic.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { TEMPLATE_TAGS, type Template } from "../../plan/template.ts";
import { nearestName } from "../yaml/nearest-name.ts";

/** What is wrong with the arguments of a call as they are written: names, and types and words of what is no expression. */
export function checkArguments(
  given: { readonly [name: string]: Template },
  schema: JsonObject,
  place: { readonly name: string; spanOf(path: readonly string[]): Span },
): readonly Omit<Complaint, "file">[] {
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? (schema["required"] as readonly string[]) : [];
  const complain = (path: readonly string[], message: string, more: Partial<Complaint> = {}) => ({
    code: "step/bad-argument",
    message,
    span: place.spanOf(path),
    ...more,
  });
  const names = Object.keys(properties);
  const unknown = Object.keys(given).filter(
    (name) => !names.includes(name) && schema["additionalProperties"] === false,
  );
  const missing = required.filter((name) => !Object.hasOwn(given, name));
  return [
    ...unknown.map((name) => {
      const near = nearestName(name, names);
      const expected = names.join(", ") || "no arguments";
      const hint = near === undefined ? undefined : `did you mean ${near}?`;
      return complain([name], `${place.name} has no argument ${name}`, { expected, hint });
    }),
    ...missing.map((name) => complain([], `${place.name} needs the argument ${name}`)),
    ...Object.entries(given).flatMap(([name, value]) => {
      const fault = isJsonObject(properties[name]) ? faultOf(value, properties[name]) : undefined;
      return fault === undefined ? [] : [complain([name], `${name} ${fault}`)];
    }),
  ];
}

/** Only what can be told at a glance; the whole schema is checked when the call is made. */
function faultOf(value: JsonValue, schema: JsonObject): string | undefined {
  if (isTemplate(value)) return undefined;
  const { type, enum: allowed } = schema;
  const types = typeof type === "string" ? [type] : Array.isArray(type) ? (type as readonly string[]) : [];
  if (types.length > 0 && !types.some(typesOf(value)))
    return `must be ${types.join(" or ")}, not ${JSON.stringify(value)}`;
  if (Array.isArray(allowed) && typeof value !== "object" && !allowed.includes(value))
    return `must be one of ${allowed.map((one) => JSON.stringify(one)).join(", ")}, not ${JSON.stringify(value)}`;
  return undefined;
}

function typesOf(value: JsonValue): (type: string) => boolean {
  if (value === null) return (type) => type === "null";
  if (Array.isArray(value)) return (type) => type === "array";
  if (typeof value === "number") return (type) => type === "number" || (type === "integer" && Number.isInteger(value));
  return (type) => type === typeof value;
}

function isTemplate(value: JsonValue): boolean {
  return isJsonObject(value) && TEMPLATE_TAGS.some((tag) => Object.hasOwn(value, tag));
}
