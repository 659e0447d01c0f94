import { type ArtifactRef, isArtifactRef } from "../plan/artifact.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../plan/json.ts";
import type { Template } from "../plan/template.ts";
import { evaluate } from "./evaluate.ts";
import { printValue } from "./render-template.ts";

/** What an activity can reach and a workflow cannot. */
export interface Resolver {
  load(ref: ArtifactRef): Promise<JsonValue>;
  /** Throws where there is no such secret. */
  secret(name: string): string | Promise<string>;
}

/** Makes a rendered template whole: opens references, evaluates what was deferred, puts in secrets. */
export async function resolveTemplate(value: Template, resolver: Resolver): Promise<JsonValue> {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Promise.all(value.map((item) => resolveTemplate(item as Template, resolver)));
  const node = value as JsonObject;
  if (isArtifactRef(node)) return resolver.load(node as unknown as ArtifactRef);
  if ("$literal" in node) return node["$literal"] as JsonValue;
  if (typeof node["$secret"] === "string") return resolver.secret(node["$secret"]);
  if (isJsonObject(node["$deferred"])) return resolveDeferred(node["$deferred"], resolver);
  const entries = Object.entries(node).map(async ([key, inner]) => [key, await resolveTemplate(inner, resolver)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function resolveDeferred(deferred: JsonObject, resolver: Resolver): Promise<JsonValue> {
  const scope = (await loadRefs((deferred["scope"] ?? {}) as JsonValue, resolver)) as JsonObject;
  const template = deferred["template"] as JsonObject;
  if (typeof template["$expr"] === "string") return evaluate(template["$expr"], scope);
  const parts = template["$text"] as readonly Template[];
  const values = await Promise.all(parts.map((part) => resolveTemplate(part, resolver)));
  return values.map(printValue).join("");
}

/** Opens references in a scope; a scope holds values, not templates. */
async function loadRefs(value: JsonValue, resolver: Resolver): Promise<JsonValue> {
  if (typeof value !== "object" || value === null) return value;
  if (isArtifactRef(value)) return resolver.load(value);
  if (Array.isArray(value)) return Promise.all(value.map((item) => loadRefs(item as JsonValue, resolver)));
  const entries = Object.entries(value).map(async ([key, inner]) => [key, await loadRefs(inner, resolver)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
