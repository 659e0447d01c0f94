import { isJsonObject, type JsonObject, type JsonValue } from "../plan/json.ts";
import { checkField } from "../plan/check-value.ts";
import { compilePattern, PatternError } from "../plan/linear-pattern.ts";
import type { Field } from "../plan/plan.ts";
import { checkFieldSettings } from "./check-field-settings.ts";
import { checkKeys, createReader, type ReaderOptions } from "./reader.ts";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { nearestName } from "./yaml/nearest-name.ts";

/** Types a field can have. */
const TYPES = ["string", "number", "integer", "boolean", "array", "object"] as const;
/** What other languages call them. A default of that text is written `{default: text}`. */
const OTHER_NAMES: Readonly<Record<string, (typeof TYPES)[number]>> = {
  str: "string",
  int: "integer",
  float: "number",
  bool: "boolean",
  dict: "object",
};
const KEYS = ["type", "required", "default", "enum", "pattern", "min", "max", "items", "properties", "description"];

/** How to read a set of fields. */
export interface FieldOptions extends ReaderOptions {
  /** What a field that says nothing is: inputs are optional, outputs required. */
  readonly required: boolean;
}

/** Reads a map of fields. */
export function parseFields(object: JsonObject, options: FieldOptions): { readonly [name: string]: Field } {
  const path = options.path ?? [];
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [
      name,
      parseField(name, value, { ...options, path: [...path, name] }),
    ]),
  );
}

/** Reads one field: a type name, `[type]` for a list of it, a default value, or a map of settings. */
export function parseField(name: string, value: JsonValue, options: FieldOptions): Field {
  const complain = (message: string, expected?: string) => {
    options.diagnostics.push(
      createDiagnostic({
        code: "field/bad",
        message,
        expected,
        file: options.file,
        span: options.yaml.spanOf(options.path ?? []),
      }),
    );
  };
  const type = TYPES.find((word) => word === value);
  if (type !== undefined) return { type, required: options.required };
  const itemType = Array.isArray(value) && value.length === 1 ? TYPES.find((word) => word === value[0]) : undefined;
  if (itemType !== undefined)
    return { type: "array", required: options.required, items: { type: itemType, required: true } };
  if (typeof value === "string") {
    const meant = OTHER_NAMES[value.toLowerCase()] ?? nearestName(value, TYPES);
    if (meant !== undefined) complain(`there is no type ${value}; did you mean ${meant}?`, TYPES.join(" | "));
  }
  if (!isJsonObject(value))
    return { type: typeOfValue(value), required: options.required && value === null, default: value };

  const reader = createReader(value, { ...options, badValue: "field/bad" });
  checkKeys(reader, {
    known: KEYS,
    unknownCode: "field/bad",
    synonyms: { minimum: "min", maximum: "max", optional: "required" },
  });
  const items = reader.raw("items");
  const properties = reader.map("properties");
  const fallback = reader.raw("default");
  const guessed =
    properties !== undefined
      ? "object"
      : items !== undefined
        ? "array"
        : fallback !== undefined && fallback !== null
          ? typeOfValue(fallback)
          : undefined;
  const declared = reader.oneOf("type", TYPES) ?? guessed;
  if (declared === undefined && !reader.has("type")) complain(`${name} has no type`, TYPES.join(" | "));
  const pattern = reader.text("pattern");
  const fault = pattern === undefined ? undefined : faultOfPattern(pattern);
  if (fault !== undefined)
    reader.complain("pattern", { code: "field/bad", message: `the pattern ${pattern} cannot be used: ${fault}` });
  const path = options.path ?? [];
  const allowed = reader.raw("enum");
  if (allowed !== undefined && !(Array.isArray(allowed) && allowed.length > 0))
    reader.complain("enum", { code: "field/bad", message: "enum must be a list of values" });
  const number = (key: "min" | "max") => {
    const limit = reader.raw(key);
    if (limit === undefined || typeof limit === "number") return limit;
    reader.complain(key, { code: "field/bad", message: `${key} must be a number` });
    return undefined;
  };
  const min = number("min");
  const max = number("max");
  if (min !== undefined && max !== undefined && min > max)
    reader.complain("min", { code: "field/bad", message: `min ${min} is above max ${max}` });
  const field: Field = {
    type: declared ?? "string",
    required: reader.flag("required") ?? (options.required && fallback === undefined),
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(Array.isArray(allowed) ? { enum: allowed as readonly JsonValue[] } : {}),
    ...(pattern === undefined || fault !== undefined ? {} : { pattern }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(items === undefined
      ? {}
      : { items: parseField(`${name}.items`, items, { ...options, required: true, path: [...path, "items"] }) }),
    ...(properties === undefined
      ? {}
      : { properties: parseFields(properties.object, { ...options, path: [...path, "properties"] }) }),
    ...(reader.text("description") === undefined ? {} : { description: reader.text("description") }),
  };
  if (declared !== undefined) checkFieldSettings(name, field, reader);
  if (fallback !== undefined && fallback !== null)
    for (const problem of checkField(name, field, fallback))
      reader.complain("default", { code: "field/bad", message: problem.message });
  return field;
}

function typeOfValue(value: JsonValue): Field["type"] {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  if (typeof value === "boolean") return "boolean";
  return typeof value === "object" && value !== null ? "object" : "string";
}

function faultOfPattern(text: string): string | undefined {
  try {
    compilePattern(text);
    return undefined;
  } catch (error) {
    return error instanceof PatternError ? error.message : String(error);
  }
}
