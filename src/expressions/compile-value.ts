import { isJsonObject, type JsonValue } from "../plan/json.ts";
import { TEMPLATE_TAGS, type Template } from "../plan/template.ts";
import { type ParsedTemplate, parseTemplate } from "./parse-template.ts";

/** A text with expressions somewhere in a value. */
export interface ValueText extends ParsedTemplate {
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** A whole value as a template, with every text that holds expressions. */
export function compileValue(
  value: JsonValue,
  path: readonly (string | number)[] = [],
): { readonly template: Template; readonly texts: readonly ValueText[] } {
  if (typeof value === "string") {
    const parsed = parseTemplate(value);
    const plain = parsed.expressions.length === 0 && parsed.error === undefined;
    return { template: parsed.template, texts: plain ? [] : [{ ...parsed, path, text: value }] };
  }
  if (Array.isArray(value)) {
    const items = value.map((item, index) => compileValue(item as JsonValue, [...path, index]));
    return { template: items.map(({ template }) => template), texts: items.flatMap(({ texts }) => texts) };
  }
  if (!isJsonObject(value)) return { template: value, texts: [] };
  const entries = Object.entries(value).map(([key, inner]) => [key, compileValue(inner, [...path, key])] as const);
  const template = Object.fromEntries(entries.map(([key, { template }]) => [key, template]));
  const tagged = TEMPLATE_TAGS.some((tag) => Object.hasOwn(value, tag));
  return { template: tagged ? { $literal: value } : template, texts: entries.flatMap(([, { texts }]) => texts) };
}
