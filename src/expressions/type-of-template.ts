import { isJsonObject } from "../plan/json.ts";
import { TEMPLATE_TAGS, type Template } from "../plan/template.ts";
import { arrayType, DYN, objectType, type ValueType } from "./type-model.ts";
import { unifyTypes } from "./unify-types.ts";

/** The type of what a template gives; `typeOf` knows that of an expression in it. */
export function typeOfTemplate(template: Template, typeOf: (cel: string) => ValueType): ValueType {
  switch (typeof template) {
    case "string":
      return { kind: "string" };
    case "boolean":
      return { kind: "boolean" };
    case "number":
      return { kind: Number.isInteger(template) ? "integer" : "number" };
  }
  if (Array.isArray(template))
    return arrayType(unifyTypes(template.map((item) => typeOfTemplate(item as Template, typeOf))));
  if (!isJsonObject(template)) return { kind: "null" };
  if (typeof template["$expr"] === "string") return typeOf(template["$expr"]);
  if (Object.hasOwn(template, "$text") || Object.hasOwn(template, "$secret")) return { kind: "string" };
  if (TEMPLATE_TAGS.some((tag) => Object.hasOwn(template, tag))) return DYN;
  return objectType(
    Object.fromEntries(Object.entries(template).map(([name, inner]) => [name, typeOfTemplate(inner, typeOf)])),
  );
}
