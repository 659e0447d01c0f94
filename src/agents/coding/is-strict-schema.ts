import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";

const STRICT_TYPES = new Set(["string", "number", "integer", "boolean", "null", "array", "object"]);
/** What OpenAI's strict mode understands; other words it refuses. */
const STRICT_KEYS = new Set(["type", "description", "enum", "items", "properties", "required", "additionalProperties"]);

/** True for a schema that a model of OpenAI can be held to: an object all of whose fields are required, and no rarer words. */
export function isStrictSchema(schema: JsonObject): boolean {
  return schema["type"] === "object" && isStrict(schema);
}

function isStrict(schema: JsonValue | undefined): boolean {
  if (!isJsonObject(schema)) return false;
  const { type, items, properties, required, additionalProperties } = schema;
  if (typeof type !== "string" || !STRICT_TYPES.has(type)) return false;
  if (!Object.keys(schema).every((key) => STRICT_KEYS.has(key))) return false;
  if (type === "array") return isStrict(items);
  if (type !== "object") return true;
  if (!isJsonObject(properties) || additionalProperties !== false || !Array.isArray(required)) return false;
  return Object.entries(properties).every(([name, field]) => required.includes(name) && isStrict(field));
}
