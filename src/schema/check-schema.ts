// Checks values against users' JSON Schemas: draft 2020-12, or the one that their `$schema` names. Imports plan and ajv, which is
// loaded at the first check. `compile-schema.ts` knows the drafts, `fault-of-schema.ts` says what is wrong with a schema. Start here.
import type { ErrorObject } from "ajv";
import type { JsonObject, JsonValue } from "../plan/json.ts";
import { compileSchema } from "./compile-schema.ts";

/** Of more problems nobody reads. */
const MAX_TOLD = 20;
/** Of a larger value only the first problem is looked for: it may have millions. */
const MAX_WHOLE_CHARACTERS = 100_000;

/** What is wrong with the value, in words; empty when it fits. A schema that is itself invalid is one problem. */
export async function checkAgainstSchema(schema: JsonObject, value: JsonValue): Promise<readonly string[]> {
  const compiled = compileSchema(schema);
  if (typeof compiled === "string") return [`the schema itself is invalid: ${compiled}`];
  const first = compiled.first(value);
  if (first === undefined) return [];
  if (JSON.stringify(value).length > MAX_WHOLE_CHARACTERS) return [textOf(first), "and maybe more"];
  const all = compiled.all(value);
  const more = all.length > MAX_TOLD ? [`and ${all.length - MAX_TOLD} more`] : [];
  return [...all.slice(0, MAX_TOLD).map(textOf), ...more];
}

function textOf({ instancePath, message, params }: ErrorObject): string {
  const extra = "additionalProperty" in params ? ` (${String(params["additionalProperty"])})` : "";
  const allowed = "allowedValues" in params ? ` (${JSON.stringify(params["allowedValues"])})` : "";
  return `${instancePath === "" ? "the value" : instancePath} ${message ?? "is wrong"}${extra}${allowed}`;
}

/** JSON, or undefined for text that is not. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
