import { createHash } from "node:crypto";
import type { HttpBody, HttpField } from "../../plan/http-tool.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { textOf } from "./fill-value.ts";
import { encodeStrictly, writePairs } from "./write-parameter.ts";

/** Thrown where arguments cannot be sent as they are. */
export class BadArgument extends Error {
  override readonly name = "BadArgument";
}

/** The bytes of a body and what they are. */
export interface WrittenBody {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** Writes the body of a request. Throws `BadArgument`. */
export function writeBody(body: HttpBody, value: JsonValue): WrittenBody {
  const { mediaType, form } = body;
  if (form === "json") return { mediaType, bytes: Buffer.from(JSON.stringify(value), "utf8") };
  if (form === "text") return { mediaType, bytes: Buffer.from(textOf(value), "utf8") };
  if (form === "bytes") return { mediaType, bytes: readBase64("the body", value) };
  if (!isJsonObject(value)) throw new BadArgument("the body of a form is a map of its fields");
  if (form === "form") return { mediaType, bytes: Buffer.from(writeForm(value, body.fields ?? {}), "ascii") };
  return writeMultipart(mediaType, value, body.fields ?? {});
}

/** Lists repeat their name and objects are JSON, unless the document gives a style. */
function writeForm(values: JsonObject, fields: { readonly [name: string]: HttpField }): string {
  return Object.entries(values)
    .flatMap(([name, value]) => {
      const style = fields[name]?.style;
      if (style !== undefined) return writePairs(name, value, style);
      const items = Array.isArray(value) ? (value as readonly JsonValue[]) : value === null ? [] : [value];
      return items.map((item) => [encodeField(name), encodeField(textOf(item))] as const);
    })
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** As HTML forms are: a space is a plus. */
function encodeField(text: string): string {
  return encodeStrictly(text).replaceAll("%20", "+").replaceAll("%2A", "*");
}

interface FormPart {
  readonly headers: readonly string[];
  readonly bytes: Buffer;
}

function writeMultipart(
  mediaType: string,
  values: JsonObject,
  fields: { readonly [name: string]: HttpField },
): WrittenBody {
  const parts = Object.entries(values).flatMap(([name, value]) => {
    const items = Array.isArray(value) ? (value as readonly JsonValue[]) : value === null ? [] : [value];
    return items.map((item) => writePart(name, item, fields[name] ?? {}));
  });
  // Made of what it parts, so that the same call is the same bytes, and no content can hold it by chance.
  const hash = createHash("sha256");
  for (const { headers, bytes } of parts) hash.update(headers.join("\n")).update(bytes);
  const boundary = `aiworkflow-${hash.digest("hex").slice(0, 32)}`;
  const chunks = parts.flatMap(({ headers, bytes }) => [
    Buffer.from(`--${boundary}\r\n${headers.join("\r\n")}\r\n\r\n`, "utf8"),
    bytes,
    Buffer.from("\r\n"),
  ]);
  return {
    mediaType: `${mediaType}; boundary=${boundary}`,
    bytes: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
  };
}

function writePart(name: string, value: JsonValue, { mediaType, isBinary }: HttpField): FormPart {
  const isFile = isJsonObject(value) && typeof value["base64"] === "string";
  if (isBinary !== true && !isFile) {
    const type = mediaType ?? (typeof value === "object" ? "application/json" : undefined);
    const headers = [`Content-Disposition: form-data; name="${quote(name)}"`];
    return { headers: [...headers, ...contentType(type)], bytes: Buffer.from(textOf(value), "utf8") };
  }
  const { base64, filename, type } = isFile ? value : { base64: value };
  const called = typeof filename === "string" && filename !== "" ? filename : name;
  return {
    headers: [
      `Content-Disposition: form-data; name="${quote(name)}"; filename="${quote(called)}"`,
      ...contentType(typeof type === "string" ? checkType(type) : (mediaType ?? "application/octet-stream")),
    ],
    bytes: readBase64(name, base64 as JsonValue),
  };
}

function contentType(type: string | undefined): readonly string[] {
  return type === undefined ? [] : [`Content-Type: ${type}`];
}

function checkType(type: string): string {
  if (/[\r\n]/.test(type)) throw new BadArgument("the type of a file has a line break");
  return type;
}

/** As browsers do it. */
function quote(text: string): string {
  return text.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function readBase64(what: string, value: JsonValue): Buffer {
  const text = typeof value === "string" ? value.replace(/\s+/g, "") : undefined;
  if (text === undefined || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) throw new BadArgument(`${what} is not base64`);
  return Buffer.from(text, "base64");
}
