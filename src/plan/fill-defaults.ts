import { isArtifactRef } from "./artifact.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import type { Field, OutputSpec } from "./plan.ts";

/** The values with the defaults of fields that are left out, at any depth; the values themselves where none is. */
export function fillDefaults(fields: { readonly [name: string]: Field }, given: JsonObject): JsonObject {
  let filled: Record<string, JsonValue> | undefined;
  for (const [name, field] of Object.entries(fields)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    const whole = fillField(field, value ?? field.default);
    if (whole !== undefined && whole !== value) (filled ??= { ...given })[name] = whole;
  }
  return filled ?? given;
}

/** The same for what a step gives. */
export function fillOutput(spec: OutputSpec, value: JsonValue): JsonValue {
  if ("fields" in spec) return isJsonObject(value) ? fillDefaults(spec.fields, value) : value;
  return "field" in spec ? (fillField(spec.field, value) as JsonValue) : value;
}

function fillField(field: Field, value: JsonValue | undefined): JsonValue | undefined {
  // What lies in the artifact store is whole already.
  if (value === undefined || isArtifactRef(value)) return value;
  if (isJsonObject(value)) return field.properties === undefined ? value : fillDefaults(field.properties, value);
  const { items } = field;
  if (!Array.isArray(value) || items === undefined) return value;
  const filled = value.map((item) => fillField(items, item as JsonValue) as JsonValue);
  return filled.some((item, index) => item !== value[index]) ? filled : value;
}
