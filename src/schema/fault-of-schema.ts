import { isJsonObject, type JsonValue } from "../plan/json.ts";
import { compileSchema } from "./compile-schema.ts";

/** What is wrong with a JSON Schema itself, in words; undefined where values can be checked against it. */
export function faultOfSchema(schema: JsonValue): string | undefined {
  if (!isJsonObject(schema)) return "a schema is an object";
  const found = compileSchema(schema);
  return typeof found === "string" ? found : undefined;
}
