import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import type { Diagnostic, Span } from "../../diagnostics/diagnostic.ts";
import { isJsonObject, type JsonObject } from "../../plan/json.ts";
import type { OutputSpec } from "../../plan/plan.ts";
import { isFieldMap, typeOfName } from "../field-types.ts";
import { parseField, parseFields } from "../parse-field.ts";
import type { Fence } from "../parse/scan-markdown.ts";
import type { Reader } from "../reader.ts";
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
    try {
      return { schema: JSON.parse(schema.body) as JsonObject };
    } catch (error) {
      const span: Span = { line: schema.bodyLine, column: 1, endLine: schema.bodyLine, endColumn: 2 };
      diagnostics.push(
        createDiagnostic({
          code: "step/bad-value",
          message: `the schema is not JSON: ${(error as Error).message}`,
          file,
          span,
        }),
      );
      return undefined;
    }
  }
  const value = reader.raw("output");
  if (value === undefined) return undefined;
  const options = { file, yaml, diagnostics, badValue: "field/bad", required: true, isResult: true, path: ["output"] };
  const alone = isJsonObject(value) && Object.keys(value).length === 1 ? typeOfName(value["type"]) : undefined;
  if (alone !== undefined)
    reader.complain("output", {
      code: "field/bad",
      message: `this is one ${alone}, or an object with a field called type`,
      hint: `write \`${alone}\` for the one, \`{type: {type: ${alone}}}\` for the other`,
    });
  if (isJsonObject(value) && !isFieldMap(value)) return { fields: parseFields(value, options) };
  return { field: parseField("output", value, options) };
}
