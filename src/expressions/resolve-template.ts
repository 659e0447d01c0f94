import { type ArtifactRef, isArtifactRef } from "../plan/artifact.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../plan/json.ts";
import type { Template } from "../plan/template.ts";
import { ExpressionError } from "./expression-error.ts";
import { renderOpened } from "./render-template.ts";

/** What an activity can reach and a workflow cannot. */
export interface Resolver {
  load(ref: ArtifactRef): Promise<JsonValue>;
  /** Throws where there is no such secret. */
  secret(name: string): string | Promise<string>;
}

/**
 * Makes a rendered template whole: opens references, evaluates what was deferred, puts in secrets. What it finds inside
 * an artifact or a `$literal` is a value and never looked into. Throws `ExpressionError` and what the resolver throws.
 */
export async function resolveTemplate(value: Template, resolver: Resolver): Promise<JsonValue> {
  return resolve(value, { load: loadOnce(resolver), secret: (name) => resolver.secret(name) });
}

async function resolve(value: Template, resolver: Resolver): Promise<JsonValue> {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Promise.all(value.map((item) => resolve(item as Template, resolver)));
  const node = value as JsonObject;
  if (isArtifactRef(node)) return resolver.load(node);
  if (Object.hasOwn(node, "$literal")) return node["$literal"] as JsonValue;
  if (Object.hasOwn(node, "$secret")) return resolver.secret(node["$secret"] as string);
  if (Object.hasOwn(node, "$expr") || Object.hasOwn(node, "$text")) {
    throw new ExpressionError("expression/failed", "a template reached an activity before the workflow rendered it");
  }
  if (isJsonObject(node["$deferred"])) {
    const { template, scope } = node["$deferred"] as { readonly template: Template; readonly scope: JsonValue };
    return renderOpened(template, (await openReferences(scope, resolver)) as JsonObject);
  }
  return mapEntries(node, (inner) => resolve(inner, resolver));
}

/** Opens references in a scope; a scope holds values, not templates. */
async function openReferences(value: JsonValue, resolver: Resolver): Promise<JsonValue> {
  if (typeof value !== "object" || value === null) return value;
  if (isArtifactRef(value)) return resolver.load(value);
  if (Array.isArray(value)) return Promise.all(value.map((item) => openReferences(item as JsonValue, resolver)));
  return mapEntries(value as JsonObject, (inner) => openReferences(inner, resolver));
}

async function mapEntries(object: JsonObject, map: (value: JsonValue) => Promise<JsonValue>): Promise<JsonValue> {
  const entries = Object.entries(object).map(async ([key, inner]) => [key, await map(inner)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** The same artifact is read once per template. */
function loadOnce(resolver: Resolver): Resolver["load"] {
  const loaded = new Map<string, Promise<JsonValue>>();
  return (ref) => {
    const known = loaded.get(ref.$artifact) ?? resolver.load(ref);
    loaded.set(ref.$artifact, known);
    return known;
  };
}
