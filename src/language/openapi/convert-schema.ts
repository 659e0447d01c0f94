import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { type OpenApiDocument, pathOf, Unusable } from "./document.ts";

/** Makes JSON Schemas (2020-12) of the schemas of a document. */
export interface SchemaConverter {
  convert(schema: JsonValue | undefined): JsonValue;
  /** All that was referred to, by the name that references have now. Throws `Unusable` for a schema that is only itself. */
  definitions(): { readonly [name: string]: JsonValue };
}

/** Keywords that hold a schema, a list of schemas, or schemas by name. */
const ONE = new Set(
  "items additionalProperties unevaluatedItems unevaluatedProperties not if then else contains propertyNames contentSchema".split(
    " ",
  ),
);
const LIST = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const MAP = new Set(["properties", "patternProperties", "dependentSchemas"]);
/** Of no account for arguments, or not for a schema out of its place. */
const DROPPED = new Set(
  "nullable discriminator xml externalDocs example examples readOnly writeOnly deprecated $id $schema $anchor $dynamicAnchor $dynamicRef $recursiveAnchor $recursiveRef $vocabulary $comment $defs definitions".split(
    " ",
  ),
);
/** Schemas that are checked against the same value as the one around them. */
const IN_PLACE = ["allOf", "anyOf", "oneOf"];

/** A converter with its own set of definitions. References become `#/$defs/NAME`, so a schema may contain itself. */
export function createSchemaConverter(document: OpenApiDocument): SchemaConverter {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const queue: string[] = [];
  const done = new Map<string, JsonValue>();

  const define = (ref: string): string => {
    const known = names.get(ref);
    if (known !== undefined) return known;
    const plain = (ref.split("/").at(-1) ?? "").replace(/[^A-Za-z0-9_.-]/g, "_") || "schema";
    let name = plain;
    for (let count = 2; taken.has(name); count += 1) name = `${plain}_${count}`;
    taken.add(name);
    names.set(ref, name);
    queue.push(ref);
    return name;
  };
  const convert = (schema: JsonValue | undefined): JsonValue => {
    if (!isJsonObject(schema)) return schema === false ? false : {};
    const { $ref: ref } = schema;
    if (typeof ref !== "string") return convertKeywords(schema, convert);
    const pointed = { $ref: `#/$defs/${define(ref)}` };
    if (document.minor === 0) return pointed;
    return { ...(convertKeywords(schema, convert) as JsonObject), ...pointed };
  };
  return {
    convert,
    definitions() {
      for (let ref = queue.shift(); ref !== undefined; ref = queue.shift())
        done.set(names.get(ref) as string, convert(document.at(ref)));
      const loop = findEmptyCycle(done);
      const from = [...names].find(([, name]) => name === loop?.[0])?.[0];
      if (loop !== undefined && from !== undefined)
        throw new Unusable(`the schema asks for nothing but itself: ${loop.join(" → ")}`, pathOf(from));
      return Object.fromEntries(done);
    },
  };
}

function convertKeywords(schema: JsonObject, convert: (schema: JsonValue) => JsonValue): JsonValue {
  const kept = Object.entries(schema).filter(([key]) => key !== "$ref" && !DROPPED.has(key) && !key.startsWith("x-"));
  const result: Record<string, JsonValue> = {};
  for (const [key, value] of kept) {
    if (ONE.has(key)) result[key] = typeof value === "boolean" ? value : convert(value);
    else if (LIST.has(key) && Array.isArray(value)) result[key] = value.map((one) => convert(one as JsonValue));
    else if (MAP.has(key) && isJsonObject(value)) result[key] = convertMap(value, convert);
    else if (isUsable(key, value)) result[key] = value;
  }
  leaveOutReadOnly(schema, result);
  raiseToThreeOne(schema, result);
  return schema["nullable"] === true ? orNull(result) : result;
}

function convertMap(map: JsonObject, convert: (schema: JsonValue) => JsonValue): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([name, one]) => [name, convert(one)]));
}

/** What only answers have cannot be asked for in a request. */
function leaveOutReadOnly({ properties }: JsonObject, result: Record<string, JsonValue>): void {
  if (!isJsonObject(properties) || !isJsonObject(result["properties"])) return;
  const isSent = (name: string) => !(isJsonObject(properties[name]) && properties[name]["readOnly"] === true);
  result["properties"] = Object.fromEntries(Object.entries(result["properties"]).filter(([name]) => isSent(name)));
  if (Array.isArray(result["required"]))
    result["required"] = (result["required"] as readonly string[]).filter((name) => isSent(name));
}

/** In 3.0 `exclusiveMinimum` is a flag of `minimum`, and in some documents that say 3.1 as well. */
function raiseToThreeOne(schema: JsonObject, result: Record<string, JsonValue>): void {
  for (const [flag, limit] of [
    ["exclusiveMinimum", "minimum"],
    ["exclusiveMaximum", "maximum"],
  ] as const) {
    if (typeof schema[flag] !== "boolean") continue;
    delete result[flag];
    if (!schema[flag] || schema[limit] === undefined) continue;
    result[flag] = schema[limit];
    delete result[limit];
  }
}

function orNull(schema: Record<string, JsonValue>): JsonValue {
  const { type } = schema;
  if (typeof type !== "string") return { anyOf: [schema, { type: "null" }] };
  const allowed = schema["enum"];
  return {
    ...schema,
    type: [type, "null"],
    ...(Array.isArray(allowed) && !allowed.includes(null) ? { enum: [...allowed, null] } : {}),
  };
}

/** Some documents have patterns that are none here, and lists of words without a word. */
function isUsable(key: string, value: JsonValue): boolean {
  if (key === "enum") return Array.isArray(value) && value.length > 0;
  if (key !== "pattern") return true;
  if (typeof value !== "string") return false;
  try {
    RegExp(value, "u");
    return true;
  } catch {
    return false;
  }
}

/** A schema that asks for nothing but itself, by way of others or not, would be checked for ever. */
function findEmptyCycle(definitions: ReadonlyMap<string, JsonValue>): readonly string[] | undefined {
  const closed = new Set<string>();
  const visit = (name: string, chain: readonly string[]): readonly string[] | undefined => {
    if (chain.includes(name)) return [...chain.slice(chain.indexOf(name)), name];
    if (closed.has(name)) return undefined;
    for (const next of refsInPlace(definitions.get(name))) {
      const loop = visit(next, [...chain, name]);
      if (loop !== undefined) return loop;
    }
    closed.add(name);
    return undefined;
  };
  for (const name of definitions.keys()) {
    const loop = visit(name, []);
    if (loop !== undefined) return loop;
  }
  return undefined;
}

function refsInPlace(schema: JsonValue | undefined): readonly string[] {
  if (!isJsonObject(schema)) return [];
  const own = typeof schema["$ref"] === "string" ? [schema["$ref"].slice("#/$defs/".length)] : [];
  const inner = IN_PLACE.flatMap((key) => (Array.isArray(schema[key]) ? (schema[key] as readonly JsonValue[]) : []));
  return [...own, ...inner.flatMap(refsInPlace)];
}
