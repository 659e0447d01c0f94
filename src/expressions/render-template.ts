import { isArtifactRef } from "../plan/artifact.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../plan/json.ts";
import type { Template } from "../plan/template.ts";
import { reachOf } from "./deferral.ts";
import { compileProgram, evaluate, type Scope } from "./evaluate.ts";

/**
 * Puts values in place of expressions, at any depth. Secrets and references stay as they are; what needs the inside of a
 * reference becomes `$deferred`. Throws `ExpressionError`.
 */
export function renderTemplate(template: Template, scope: Scope): JsonValue {
  if (typeof template !== "object" || template === null) return template;
  if (Array.isArray(template)) return template.map((item) => renderTemplate(item as Template, scope));
  const node = template as JsonObject;
  if (typeof node["$expr"] === "string") return renderExpression(node["$expr"], scope);
  if (Array.isArray(node["$text"])) return renderText(node["$text"] as readonly Template[], scope);
  if ("$literal" in node || "$secret" in node || "$deferred" in node || isArtifactRef(node)) return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, renderTemplate(value, scope)]));
}

/** How a value reads inside text: null as nothing, scalars as they are, lists and objects as JSON. */
export function printValue(value: JsonValue): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function renderExpression(cel: string, scope: Scope): JsonValue {
  const reach = reachOf(compileProgram(cel), scope);
  if (reach.kind === "pass") return reach.value;
  if (reach.kind === "elsewhere") return { $deferred: { template: { $expr: cel }, scope: reach.scope } };
  return literal(evaluate(cel, scope));
}

/** A user's value that could be taken for a template node is wrapped. */
function literal(value: JsonValue): JsonValue {
  return mentionsTag(value) ? { $literal: value } : value;
}

function mentionsTag(value: JsonValue): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(mentionsTag);
  return Object.entries(value as JsonObject).some(([key, inner]) => key.startsWith("$") || mentionsTag(inner));
}

function renderText(parts: readonly Template[], scope: Scope): JsonValue {
  const rendered = parts.map((part) => (typeof part === "string" ? part : renderTemplate(part, scope)));
  const open = (value: JsonValue) => isJsonObject(value) && ("$deferred" in value || isArtifactRef(value));
  if (!rendered.some(open)) return rendered.map((part) => printValue(unwrap(part))).join("");
  return { $deferred: { template: { $text: rendered }, scope: {} } };
}

function unwrap(value: JsonValue): JsonValue {
  return isJsonObject(value) && "$literal" in value ? (value["$literal"] as JsonValue) : value;
}
