import { isArtifactRef } from "../plan/artifact.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../plan/json.ts";
import { TEMPLATE_TAGS, type Template } from "../plan/template.ts";
import { compileProgram, type Program } from "./compile-program.ts";
import { holdsArtifact, reachOf, trimScope } from "./deferral.ts";
import { evaluate, type Scope } from "./evaluate.ts";

/** How the nodes of a template become values. */
interface Renderer {
  expression(cel: string): JsonValue;
  text(parts: readonly Template[]): JsonValue;
  literal(value: JsonValue): JsonValue;
}

/**
 * Renders for an activity: the result is again a template, for `resolveTemplate`. Secrets and references stay as they
 * are, what needs the inside of a reference becomes `$deferred`, and a value that has a tag of ours as a key is wrapped
 * in `$literal`: what an agent answers can never name a secret. Throws `ExpressionError`.
 */
export function renderTemplate(template: Template, scope: Scope): Template {
  return render(template, {
    expression(cel) {
      const program = compileProgram(cel);
      const reach = reachOf(program, scope);
      if (reach.kind === "elsewhere") return defer({ $expr: cel }, [program], scope);
      return protect(reach.kind === "pass" ? reach.value : evaluate(cel, scope));
    },
    text(parts) {
      const programs = programsOf(parts);
      const isHere = programs.every((program) => reachOf(program, scope).kind === "here");
      return isHere ? printText(parts, scope) : defer({ $text: parts }, programs, scope);
    },
    literal: protect,
  });
}

/** Renders to the value itself, where every reference of the scope has been opened. Throws `ExpressionError`. */
export function renderOpened(template: Template, scope: Scope): JsonValue {
  return render(template, {
    expression: (cel) => evaluate(cel, scope),
    text: (parts) => printText(parts, scope),
    literal: (value) => value,
  });
}

/** How a value reads inside text: null as nothing, scalars as they are, lists and objects as JSON. */
function printValue(value: JsonValue): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The expressions of a template, at any depth. */
export function programsOf(template: Template): readonly Program[] {
  const programs: Program[] = [];
  render(template, {
    expression: (cel) => programs.push(compileProgram(cel)),
    text: (parts) => programs.push(...programsOf(parts)),
    literal: () => null,
  });
  return programs;
}

function render(template: Template, renderer: Renderer): JsonValue {
  if (typeof template !== "object" || template === null) return template;
  if (Array.isArray(template)) return template.map((item) => render(item as Template, renderer));
  const node = template as JsonObject;
  if (Object.hasOwn(node, "$literal")) return renderer.literal(node["$literal"] as JsonValue);
  if (Object.hasOwn(node, "$secret") || Object.hasOwn(node, "$deferred") || isArtifactRef(node)) return node;
  if (Object.hasOwn(node, "$expr")) return renderer.expression(node["$expr"] as string);
  if (Object.hasOwn(node, "$text")) return renderer.text(node["$text"] as readonly Template[]);
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, render(value, renderer)]));
}

function printText(parts: readonly Template[], scope: Scope): string {
  return parts.map((part) => (typeof part === "string" ? part : printValue(renderOpened(part, scope)))).join("");
}

function defer(template: JsonObject, programs: readonly Program[], scope: Scope): JsonValue {
  return { $deferred: { template, scope: trimScope(programs, scope) } };
}

/** A value that could be taken for a node of a template is wrapped; references in it stay reachable. */
function protect(value: JsonValue): JsonValue {
  if (!mentionsTag(value)) return value;
  if (Array.isArray(value)) return value.map((item) => protect(item as JsonValue));
  if (!isJsonObject(value) || isArtifactRef(value)) return value;
  if (!TEMPLATE_TAGS.some((tag) => Object.hasOwn(value, tag))) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, protect(inner)]));
  }
  return holdsArtifact(value) ? { $deferred: { template: { $expr: "value" }, scope: { value } } } : { $literal: value };
}

function mentionsTag(value: JsonValue): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(mentionsTag);
  return Object.entries(value).some(
    ([key, inner]) => (TEMPLATE_TAGS as readonly string[]).includes(key) || mentionsTag(inner),
  );
}
