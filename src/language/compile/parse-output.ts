import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { isJsonObject, type JsonObject } from "../../plan/json.ts";
import type { OutputSpec } from "../../plan/plan.ts";
import { parseField, parseFields } from "../parse-field.ts";
import type { Fence } from "../parse/scan-markdown.ts";
import type { Reader } from "../reader.ts";
import { parseSchema } from "./parse-schema.ts";
import type { YamlResult } from "../yaml/parse-yaml.ts";

/** The declared shape of a step's output: fields, one field, or a `json schema` block. */
export function parseOutput(
  reader: Reader,
  context: {
    readonly fences: readonly Fence[];
    readonly file: string;
    readonly yaml: Pick<YamlResult, "spanOf">;
    readonly diagnostics: Diagnostic[];
  },
): OutputSpec | undefined {
  const { file, yaml, diagnostics } = context;
  const schema = context.fences.find(({ info }) => /^json\s+schema$/.test(info));
  if (schema !== undefined) {
    const read = parseSchema(schema, (complaint) => void diagnostics.push(createDiagnostic({ file, ...complaint })));
    return read === undefined ? undefined : { schema: read };
  }
  const value = reader.raw("output");
  if (value === undefined) return undefined;
  const options = { file, yaml, diagnostics, badValue: "field/bad", required: true, path: ["output"] };
  if (isJsonObject(value) && !isFieldMap(value)) return { fields: parseFields(value, options) };
  return { field: parseField("output", value, options) };
}

/** `{type: array, items: …}` is one field; `{type: string}` alone might be a field called `type`. */
function isFieldMap(value: JsonObject): boolean {
  return (
    typeof value["type"] === "string" &&
    ["array", "object", "string", "number", "integer", "boolean"].includes(value["type"]) &&
    ["items", "properties", "enum", "pattern", "min", "max", "description"].some((key) => key in value)
  );
}
