import type { HttpBody, HttpField, ParameterStyle } from "../../plan/http-tool.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import type { SchemaConverter } from "./convert-schema.ts";
import { type OpenApiDocument, Unusable } from "./document.ts";
import { BODY_ARGUMENT } from "./name-arguments.ts";

/** How a request's body is sent, and the JSON Schema of its argument. */
export interface ReadBody {
  readonly body: HttpBody;
  readonly schema: JsonValue;
  readonly required: boolean;
}

/** The forms, best first. */
const FORMS: readonly (readonly [pattern: RegExp, form: HttpBody["form"]])[] = [
  [/^application\/json\b/, "json"],
  [/\+json\b|\/json\b/, "json"],
  [/^application\/x-www-form-urlencoded\b/, "form"],
  [/^multipart\/form-data\b/, "multipart"],
  [/^\*\/\*$/, "json"],
  [/^text\/|[/+]xml\b|\/yaml\b/, "text"],
  [/./, "bytes"],
];

/** A file: its bytes as base64, or with the name and type that the service is told. */
const FILE_SCHEMA: JsonObject = {
  anyOf: [
    { type: "string", description: "base64 of the file" },
    {
      type: "object",
      properties: { base64: { type: "string" }, filename: { type: "string" }, type: { type: "string" } },
      required: ["base64"],
      additionalProperties: false,
    },
  ],
};

/** How a media type is sent. */
export function formOf(mediaType: string): HttpBody["form"] {
  return (FORMS.find(([pattern]) => pattern.test(mediaType.toLowerCase())) as (typeof FORMS)[number])[1];
}

/** The body of an operation, in the best of its media types. Throws `Unusable` where there is none. */
export function readBody(
  entry: JsonValue | undefined,
  document: OpenApiDocument,
  converter: SchemaConverter,
): ReadBody | undefined {
  const given = document.follow(entry);
  if (given === undefined) return undefined;
  const content = isJsonObject(given) ? given["content"] : undefined;
  if (!isJsonObject(given) || !isJsonObject(content) || Object.keys(content).length === 0)
    throw new Unusable("its body has no content");
  const rank = (type: string) => FORMS.findIndex(([pattern]) => pattern.test(type.toLowerCase()));
  const mediaType = Object.keys(content).sort((a, b) => rank(a) - rank(b))[0] as string;
  const form = formOf(mediaType);
  const media = document.follow(content[mediaType]);
  const schema = isJsonObject(media) ? media["schema"] : undefined;
  const value = `{${BODY_ARGUMENT}}`;
  const required = given["required"] === true;
  const sentAs = mediaType === "*/*" ? "application/json" : mediaType;
  if (form === "text") return { body: { mediaType: sentAs, form, value }, schema: { type: "string" }, required };
  if (form === "bytes") {
    const description = `base64 of the ${mediaType} that is sent`;
    return { body: { mediaType: sentAs, form, value }, schema: { type: "string", description }, required };
  }
  if (form === "json") return { body: { mediaType: sentAs, form, value }, schema: converter.convert(schema), required };
  return readForm({ mediaType: sentAs, form, value }, { media, required, document, converter });
}

function readForm(
  body: HttpBody,
  rest: {
    readonly media: JsonValue | undefined;
    readonly required: boolean;
    readonly document: OpenApiDocument;
    readonly converter: SchemaConverter;
  },
): ReadBody {
  const { media, required, document, converter } = rest;
  const schema = document.follow(isJsonObject(media) ? media["schema"] : undefined);
  const encoding = isJsonObject(media) && isJsonObject(media["encoding"]) ? media["encoding"] : {};
  if (!isJsonObject(schema) || !isJsonObject(schema["properties"]))
    return { body, schema: { type: "object" }, required };
  const { $ref: _, ...top } = schema;
  const converted = converter.convert(top) as JsonObject;
  const properties: Record<string, JsonValue> = { ...(converted["properties"] as JsonObject) };
  const fields: Record<string, HttpField> = {};
  for (const name of Object.keys(properties)) {
    const own = document.follow(schema["properties"][name]);
    const isBinary = body.form === "multipart" && isBinarySchema(own);
    const items = isJsonObject(own) && own["type"] === "array" ? document.follow(own["items"]) : undefined;
    const areBinary = body.form === "multipart" && isBinarySchema(items);
    if (isBinary) properties[name] = FILE_SCHEMA;
    if (areBinary) properties[name] = { type: "array", items: FILE_SCHEMA };
    const field = { ...readEncoding(encoding[name]), ...(isBinary || areBinary ? { isBinary: true } : {}) };
    if (Object.keys(field).length > 0) fields[name] = field;
  }
  return {
    body: { ...body, ...(Object.keys(fields).length === 0 ? {} : { fields }) },
    schema: { ...converted, type: "object", properties },
    required,
  };
}

function readEncoding(encoding: JsonValue | undefined): HttpField {
  if (!isJsonObject(encoding)) return {};
  const mediaType =
    typeof encoding["contentType"] === "string" ? encoding["contentType"].split(",")[0]?.trim() : undefined;
  const says = ["style", "explode", "allowReserved"].some((key) => encoding[key] !== undefined);
  const style = (encoding["style"] ?? "form") as ParameterStyle;
  if (says && !["form", "spaceDelimited", "pipeDelimited", "deepObject"].includes(style))
    throw new Unusable(`a field of its form has the style ${JSON.stringify(style)}`);
  return {
    ...(mediaType === undefined || mediaType.includes("*") ? {} : { mediaType }),
    ...(says
      ? {
          style: {
            style,
            explode: typeof encoding["explode"] === "boolean" ? encoding["explode"] : style === "form",
            ...(encoding["allowReserved"] === true ? { allowReserved: true } : {}),
          },
        }
      : {}),
  };
}

/** A file: in 3.0 by its format, in 3.1 by a media type without an encoding. */
function isBinarySchema(schema: JsonValue | undefined): boolean {
  if (!isJsonObject(schema)) return false;
  if (schema["format"] === "binary") return true;
  const media = schema["contentMediaType"];
  return typeof media === "string" && schema["contentEncoding"] === undefined && !/json|^text\//.test(media);
}
