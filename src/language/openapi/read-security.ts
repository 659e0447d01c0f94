import type { SecurityScheme } from "../../plan/http-tool.ts";
import { isJsonObject, type JsonValue } from "../../plan/json.ts";
import type { OpenApiDocument } from "./document.ts";

/** The security schemes of a document. */
export function readSchemes(document: OpenApiDocument): { readonly [name: string]: SecurityScheme } {
  const components = document.root["components"];
  const schemes =
    isJsonObject(components) && isJsonObject(components["securitySchemes"]) ? components["securitySchemes"] : {};
  return Object.fromEntries(Object.entries(schemes).map(([name, entry]) => [name, readScheme(document.follow(entry))]));
}

function readScheme(entry: JsonValue | undefined): SecurityScheme {
  const { type, in: place, name, scheme } = isJsonObject(entry) ? entry : {};
  if (type === "apiKey" && typeof name === "string" && (place === "header" || place === "query" || place === "cookie"))
    return { type, name, in: place };
  if (type === "oauth2" || type === "openIdConnect") return { type: "bearer" };
  const word = typeof scheme === "string" ? scheme.toLowerCase() : "";
  if (type === "http" && (word === "basic" || word === "bearer")) return { type: word };
  return { type: "unsupported", why: `${word === "" ? JSON.stringify(type) : word} is not supported` };
}

/** Alternatives, each a list of schemes; empty where nothing is asked for. */
export function readSecurity(lists: readonly (JsonValue | undefined)[]): readonly (readonly string[])[] {
  const security = lists.find((list) => Array.isArray(list));
  return ((security ?? []) as readonly JsonValue[]).map((one) => (isJsonObject(one) ? Object.keys(one) : []));
}
