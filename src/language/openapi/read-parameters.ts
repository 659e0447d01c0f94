import type { HttpParameter, ParameterStyle } from "../../plan/http-tool.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import type { SchemaConverter } from "./convert-schema.ts";
import { type OpenApiDocument, Unusable } from "./document.ts";

/** A parameter before its argument has a name. */
export interface ReadParameter {
  readonly sent: Omit<HttpParameter, "value">;
  readonly schema: JsonObject;
  readonly required: boolean;
}

type Place = HttpParameter["in"];

const STYLES: Readonly<Record<Place, readonly ParameterStyle[]>> = {
  path: ["simple", "label", "matrix"],
  query: ["form", "spaceDelimited", "pipeDelimited", "deepObject"],
  header: ["simple"],
  cookie: ["form"],
};
/** OpenAPI says that these come from elsewhere. */
const OTHERS_HEADERS = new Set(["accept", "content-type", "authorization"]);

/** The parameters of an operation, those of its path included. Throws `Unusable` for one that cannot be sent. */
export function readParameters(
  lists: readonly (JsonValue | undefined)[],
  document: OpenApiDocument,
  converter: SchemaConverter,
): readonly ReadParameter[] {
  const found = new Map<string, ReadParameter>();
  for (const list of lists) {
    if (list === undefined) continue;
    if (!Array.isArray(list)) throw new Unusable("`parameters` is not a list");
    for (const entry of list) {
      const parameter = readParameter(document.follow(entry as JsonValue), converter);
      // What an operation says of a parameter takes the place of what its path says.
      if (parameter !== undefined) found.set(`${parameter.sent.in} ${parameter.sent.name}`, parameter);
    }
  }
  return [...found.values()];
}

function readParameter(entry: JsonValue | undefined, converter: SchemaConverter): ReadParameter | undefined {
  if (!isJsonObject(entry) || typeof entry["name"] !== "string") throw new Unusable("a parameter has no name");
  const { name } = entry;
  const place = entry["in"];
  if (typeof place !== "string" || !Object.hasOwn(STYLES, place))
    throw new Unusable(`the parameter ${name} is in ${JSON.stringify(place)}, not in path, query, header or cookie`);
  if (place === "header" && OTHERS_HEADERS.has(name.toLowerCase())) return undefined;
  const where = place as Place;
  const [contentType, content] = isJsonObject(entry["content"]) ? (Object.entries(entry["content"])[0] ?? []) : [];
  const schema = converter.convert(isJsonObject(content) ? content["schema"] : entry["schema"]);
  const description: JsonObject = typeof entry["description"] === "string" ? { description: entry["description"] } : {};
  const read = {
    required: where === "path" || entry["required"] === true,
    schema: isJsonObject(schema) ? { ...schema, ...description } : description,
  };
  if (contentType !== undefined) {
    if (!/[/+]json\b/.test(contentType))
      throw new Unusable(`the parameter ${name} is written as ${contentType}, which is not JSON`);
    return { ...read, sent: { name, in: where, style: "json", explode: false } };
  }
  const style = (entry["style"] ?? STYLES[where][0]) as ParameterStyle;
  if (!STYLES[where].includes(style))
    throw new Unusable(
      `the ${where} parameter ${name} has the style ${JSON.stringify(style)}, which is none of a ${where}`,
    );
  const explode = entry["explode"];
  return {
    ...read,
    sent: {
      name,
      in: where,
      style,
      explode: typeof explode === "boolean" ? explode : style === "form" || style === "deepObject",
      ...(entry["allowReserved"] === true && where === "query" ? { allowReserved: true } : {}),
    },
  };
}
