import { isJsonObject, type JsonObject, type JsonValue } from "../plan/json.ts";

/** What an API can hold a model to. */
export interface SchemaDialect {
  /** May a field be left out? */
  readonly optionalFields: boolean;
  /** Keywords besides those of structure. */
  readonly keywords: ReadonlySet<string>;
}

const STRUCTURE = new Set([
  "type",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "anyOf",
  "$ref",
  "$defs",
]);
const PLAIN = ["enum", "const", "description", "title", "format"];

/** Strict mode of OpenAI. */
export const OPENAI_STRICT: SchemaDialect = {
  optionalFields: false,
  keywords: new Set([
    ...PLAIN,
    "pattern",
    "multipleOf",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minItems",
    "maxItems",
  ]),
};

/** Structured outputs of Anthropic. */
export const ANTHROPIC_STRICT: SchemaDialect = { optionalFields: true, keywords: new Set(PLAIN) };

/**
 * The schema as an API takes it that makes a model keep to it; undefined where that cannot be said in the API's dialect.
 * It never allows more than the schema given, so an answer that fits the one fits the other.
 */
export function strictSchema(schema: JsonObject, dialect: SchemaDialect): JsonObject | undefined {
  if (schema["type"] !== "object") return undefined;
  try {
    return strict(schema, dialect);
  } catch (error) {
    if (error instanceof NotSayable) return undefined;
    throw error;
  }
}

class NotSayable extends Error {}

function strict(schema: JsonValue | undefined, dialect: SchemaDialect): JsonObject {
  if (!isJsonObject(schema)) throw new NotSayable();
  const { $schema: _, ...rest } = schema;
  const unknown = Object.keys(rest).some((key) => !STRUCTURE.has(key) && !dialect.keywords.has(key));
  if (rest["type"] === "array" && !("items" in rest)) throw new NotSayable();
  if (unknown || !["type", "anyOf", "$ref", "enum", "const"].some((key) => key in rest)) throw new NotSayable();
  return {
    ...rest,
    ...(isJsonObject(rest["$defs"]) ? { $defs: each(rest["$defs"], dialect) } : {}),
    ...(Array.isArray(rest["anyOf"]) ? { anyOf: rest["anyOf"].map((one) => strict(one as JsonValue, dialect)) } : {}),
    ...("items" in rest ? { items: strict(rest["items"], dialect) } : {}),
    ...(rest["type"] === "object" ? strictObject(rest, dialect) : {}),
  };
}

function strictObject(schema: JsonObject, dialect: SchemaDialect): JsonObject {
  const { properties, required = [], additionalProperties = false } = schema;
  // An object of any fields cannot be said.
  if (!isJsonObject(properties) || additionalProperties !== false) throw new NotSayable();
  const names = Object.keys(properties);
  const optional = names.filter((name) => !(required as readonly JsonValue[]).includes(name));
  if (optional.length > 0 && !dialect.optionalFields) throw new NotSayable();
  return { properties: each(properties, dialect), required, additionalProperties: false };
}

function each(schemas: JsonObject, dialect: SchemaDialect): JsonObject {
  return Object.fromEntries(Object.entries(schemas).map(([name, one]) => [name, strict(one, dialect)]));
}
