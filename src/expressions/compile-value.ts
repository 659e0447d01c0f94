import { isJsonObject, type JsonObject, type JsonValue } from "../plan/json.ts";
import { TEMPLATE_TAGS, type Template } from "../plan/template.ts";
import { type ParsedTemplate, parseTemplate } from "./parse-template.ts";

/** A text with expressions (or with an error) somewhere in a value. */
export interface ValueText extends ParsedTemplate {
  readonly path: readonly (string | number)[];
  readonly text: string;
  /** The text is the key at this path, not the value. @default false */
  readonly isKey?: boolean;
}

/** A whole value as a template, with every text that holds expressions. Expressions that cannot work are errors. */
export function compileValue(
  value: JsonValue,
  path: readonly (string | number)[] = [],
): { readonly template: Template; readonly texts: readonly ValueText[] } {
  if (typeof value === "string") {
    const parsed = parseTemplate(value);
    const isPlain = parsed.expressions.length === 0 && parsed.error === undefined;
    return { template: parsed.template, texts: isPlain ? [] : [{ ...parsed, path, text: value }] };
  }
  if (Array.isArray(value)) {
    const items = value.map((item, index) => compileValue(item as JsonValue, [...path, index]));
    return { template: items.map(({ template }) => template), texts: items.flatMap(({ texts }) => texts) };
  }
  if (!isJsonObject(value)) return { template: value, texts: [] };
  const entries = Object.entries(value).map(([key, inner]) => [key, compileValue(inner, [...path, key])] as const);
  const texts = entries.flatMap(([key, compiled]) => [...keyTexts(key, path), ...compiled.texts]);
  const tag = TEMPLATE_TAGS.find((candidate) => Object.hasOwn(value, candidate));
  if (tag !== undefined) return { template: { $literal: value }, texts: texts.map((text) => refuse(text, tag)) };
  return { template: Object.fromEntries(entries.map(([key, { template }]) => [key, template])), texts };
}

/** The template with other CEL texts, such as the checked ones. */
export function mapExpressions(template: Template, replace: (cel: string) => string): Template {
  if (typeof template !== "object" || template === null) return template;
  if (Array.isArray(template)) return template.map((item) => mapExpressions(item as Template, replace));
  const node = template as JsonObject;
  if (Object.hasOwn(node, "$literal") || Object.hasOwn(node, "$secret")) return node;
  if (typeof node["$expr"] === "string") return { $expr: replace(node["$expr"]) };
  return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, mapExpressions(inner, replace)]));
}

function keyTexts(key: string, path: readonly (string | number)[]): readonly ValueText[] {
  const start = key.indexOf("${{");
  if (start === -1) return [];
  const error = { message: "a key cannot hold an expression", start, end: key.length };
  return [{ template: key, expressions: [], error, path: [...path, key], text: key, isKey: true }];
}

/** An object with one of our own keys is taken as it stands, so nothing in it would be evaluated. */
function refuse(text: ValueText, tag: string): ValueText {
  const error = { message: `an object with the key ${tag} cannot hold expressions`, start: 0, end: text.text.length };
  return text.error === undefined ? { ...text, error } : text;
}
