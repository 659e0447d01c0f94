// Checks values against users' JSON Schemas (draft 2020-12). Imports plan and ajv, loaded at the first check.
import type { ValidateFunction } from "ajv";
import type { JsonObject, JsonValue } from "../plan/json.ts";

const compiled = new WeakMap<JsonObject, ValidateFunction>();
let ajv: Promise<{ compile(schema: JsonObject): ValidateFunction }> | undefined;

/** What is wrong with the value, in words; empty when it fits. A schema that is itself invalid is one problem. */
export async function checkAgainstSchema(schema: JsonObject, value: JsonValue): Promise<readonly string[]> {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    try {
      validate = (await loadAjv()).compile(schema);
    } catch (error) {
      return [`the schema itself is invalid: ${error instanceof Error ? error.message : String(error)}`];
    }
    compiled.set(schema, validate);
  }
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const extra = "additionalProperty" in params ? ` (${String(params["additionalProperty"])})` : "";
    const allowed = "allowedValues" in params ? ` (${JSON.stringify(params["allowedValues"])})` : "";
    return `${instancePath === "" ? "the value" : instancePath} ${message ?? "is wrong"}${extra}${allowed}`;
  });
}

/** JSON, or undefined for text that is not. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function loadAjv(): NonNullable<typeof ajv> {
  // Others' schemas have formats of their own (`int64`), which are hints; the log is not the place to say so.
  const options = { allErrors: true, strict: false, logger: false } as const;
  ajv ??= import("ajv/dist/2020.js").then(({ Ajv2020 }) => new Ajv2020(options));
  return ajv;
}
