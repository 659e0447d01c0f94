import type { JsonObject } from "./json.ts";
import type { Field, OutputSpec } from "./plan.ts";

/** The JSON Schema (2020-12) that an output must satisfy. */
export function outputSchema(spec: OutputSpec): JsonObject {
  if ("schema" in spec) return spec.schema;
  if ("field" in spec) return fieldSchema(spec.field);
  return objectSchema(spec.fields);
}

/** The JSON Schema of one declared field. */
export function fieldSchema(field: Field): JsonObject {
  const { type, min, max } = field;
  const [least, most] =
    type === "string"
      ? ["minLength", "maxLength"]
      : type === "array"
        ? ["minItems", "maxItems"]
        : ["minimum", "maximum"];
  return {
    ...(type === "object" && field.properties !== undefined ? objectSchema(field.properties) : { type }),
    ...(field.description === undefined ? {} : { description: field.description }),
    ...(field.enum === undefined ? {} : { enum: field.enum }),
    ...(field.pattern === undefined ? {} : { pattern: field.pattern }),
    ...(min === undefined ? {} : { [least]: min }),
    ...(max === undefined ? {} : { [most]: max }),
    ...(field.items === undefined ? {} : { items: fieldSchema(field.items) }),
  };
}

function objectSchema(fields: { readonly [name: string]: Field }): JsonObject {
  const names = Object.keys(fields);
  return {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, fieldSchema(fields[name] as Field)])),
    required: names.filter((name) => fields[name]?.required),
    additionalProperties: false,
  };
}
