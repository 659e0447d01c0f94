import { isJsonObject, type JsonObject, type JsonValue } from "../plan/json.ts";
import { checkField } from "../plan/check-value.ts";
import type { Field } from "../plan/plan.ts";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { isDeclaration, isFieldMap, misnamedType, typeOfName, TYPES } from "./field-types.ts";
import { checkKeys, createReader, type Reader, type ReaderOptions } from "./reader.ts";

const KEYS = ["type", "required", "default", "enum", "pattern", "min", "max", "items", "properties", "description"];

/** How to read a set of fields. */
export interface FieldOptions extends ReaderOptions {
  /** What a field that says nothing is: inputs are optional, outputs required. */
  readonly required: boolean;
  /** The fields of a result: a text is no default there, and a list none either. @default false */
  readonly isResult?: boolean;
}

type Complain = (message: string, more?: { readonly expected?: string; readonly hint?: string }) => void;

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
  const complain: Complain = (message, more = {}) =>
    void options.diagnostics.push(
      createDiagnostic({
        code: "field/bad",
        message,
        ...more,
        file: options.file,
        span: options.yaml.spanOf(options.path ?? []),
      }),
    );
  const type = typeOfName(value);
  if (type !== undefined) return { type, required: options.required };
  const path = options.path ?? [];
  const only = Array.isArray(value) && value.length === 1 ? (value[0] as JsonValue) : undefined;
  if (only !== undefined && (isDeclaration(only) || (options.isResult === true && isNoValue(only))))
    return { type: "array", required: options.required, items: parseItems(name, only, options) };
  if (!isJsonObject(value)) {
    complainOfWord(value, options, complain);
    return { type: typeOfValue(value), required: options.required && value === null, default: value };
  }

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
  const declared = readType(reader) ?? guessed;
  if (declared === undefined && !reader.has("type")) complain(`${name} has no type`, { expected: TYPES.join(" | ") });
  const pattern = reader.text("pattern");
  if (pattern !== undefined && !isPattern(pattern))
    reader.complain("pattern", { code: "field/bad", message: `${pattern} is not a regular expression` });
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
    ...(pattern === undefined || !isPattern(pattern) ? {} : { pattern }),
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
  if (fallback !== undefined && fallback !== null)
    for (const problem of checkField(name, field, fallback))
      reader.complain("default", { code: "field/bad", message: problem.message });
  return field;
}

function isNoValue(value: JsonValue): boolean {
  return typeof value === "string" || (typeof value === "object" && value !== null);
}

/** `[integer]`, or `[{ a: integer }]`. */
function parseItems(name: string, value: JsonValue, options: FieldOptions): Field {
  const inside = { ...options, required: true, path: [...(options.path ?? []), 0] };
  return isJsonObject(value) && !isFieldMap(value)
    ? { type: "object", required: true, properties: parseFields(value, inside) }
    : parseField(`${name}.items`, value, inside);
}

/** A word where a type could stand is a default only where nobody can have meant a type. */
function complainOfWord(value: JsonValue, { isResult }: FieldOptions, complain: Complain): void {
  const expected = TYPES.join(" | ");
  const wrong = misnamedType(value);
  if (typeof value === "string" && (wrong !== undefined || isResult === true)) {
    const meant = wrong?.meant === undefined ? "" : `; did you mean ${wrong.meant}?`;
    const hint = isResult === true ? undefined : `for a default of this text write {default: ${value}}`;
    complain(`there is no type ${value}${meant}`, { expected, ...(hint === undefined ? {} : { hint }) });
  } else if (Array.isArray(value) && value.length > 1 && isResult === true) {
    const words = value.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(", ");
    complain("a list has one type of items", {
      hint: `for one of these values write {type: string, enum: [${words}]}`,
    });
  }
}

function readType(reader: Reader): Field["type"] | undefined {
  const word = reader.raw("type");
  const meant = misnamedType(word)?.meant;
  if (typeof word !== "string" || meant === undefined) return reader.oneOf("type", TYPES);
  reader.complain("type", {
    code: "field/bad",
    message: `there is no type ${word}; did you mean ${meant}?`,
    expected: TYPES.join(" | "),
  });
  return meant;
}

function typeOfValue(value: JsonValue): Field["type"] {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  if (typeof value === "boolean") return "boolean";
  return typeof value === "object" && value !== null ? "object" : "string";
}

function isPattern(text: string): boolean {
  try {
    RegExp(text, "u");
    return true;
  } catch {
    return false;
  }
}
