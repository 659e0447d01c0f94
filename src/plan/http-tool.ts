import type { FileRef } from "./artifact.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import type { Template } from "./template.ts";

/** How a tool of kind `openapi` or `http` is reached; secrets are names until a call is made. */
export interface HttpSettings {
  /** A JSON file with {@link HttpOperations}, made by the compiler. */
  readonly operations: FileRef;
  /** Sent with every call. */
  readonly headers?: { readonly [name: string]: Template };
  readonly query?: { readonly [name: string]: Template };
  /** By security scheme: a key or token, or `{username, password}`. */
  readonly credentials?: { readonly [scheme: string]: Template };
  /** Addresses and CIDR blocks that are allowed though they are of this machine or a private network. */
  readonly allowAddresses?: readonly string[];
  /** The header that tells the service the idempotency key of the call. */
  readonly idempotencyHeader?: string;
}

/** Everything that calls of one tool need to know. */
export interface HttpOperations {
  readonly schemes: { readonly [name: string]: SecurityScheme };
  /** JSON Schemas that arguments refer to as `#/$defs/NAME`. */
  readonly definitions: { readonly [name: string]: JsonValue };
  readonly operations: { readonly [name: string]: HttpOperation };
}

/** Where a credential goes. */
export type SecurityScheme =
  | { readonly type: "apiKey"; readonly name: string; readonly in: "header" | "query" | "cookie" }
  | { readonly type: "basic" }
  | { readonly type: "bearer" }
  | { readonly type: "unsupported"; readonly why: string };

/** One request to be made. In texts of values `{name}` stands for an argument; alone it keeps its type. */
export interface HttpOperation {
  readonly description: string;
  /** JSON Schema of the arguments; its definitions are those of the tool. */
  readonly arguments: JsonObject;
  readonly method: string;
  /** Absolute, without a slash at its end. */
  readonly server: string;
  /** With `{name}` for each parameter of the path. */
  readonly path: string;
  readonly parameters: readonly HttpParameter[];
  readonly body?: HttpBody;
  /** Alternatives, each a list of schemes that are used together. */
  readonly security: readonly (readonly string[])[];
  /** For arguments that were not given. */
  readonly defaults?: JsonObject;
  /** `full`: status and headers belong to the result. @default "body" */
  readonly result?: "body" | "full";
}

/** How a value is written, as OpenAPI names the styles. */
export type ParameterStyle =
  | "simple"
  | "label"
  | "matrix"
  | "form"
  | "spaceDelimited"
  | "pipeDelimited"
  | "deepObject"
  /** JSON text. */
  | "json";

/** How one value is written into a request. */
export interface ValueStyle {
  readonly style: ParameterStyle;
  readonly explode: boolean;
  readonly allowReserved?: boolean;
}

/** One value outside of the body. */
export interface HttpParameter extends ValueStyle {
  readonly name: string;
  readonly in: "path" | "query" | "header" | "cookie";
  readonly value: JsonValue;
}

/** What is sent as the body. */
export interface HttpBody {
  readonly mediaType: string;
  readonly form: "json" | "form" | "multipart" | "text" | "bytes";
  readonly value: JsonValue;
  /** Of a form: how its fields are written, where not the usual way. */
  readonly fields?: { readonly [name: string]: HttpField };
}

/** One field of a form. */
export interface HttpField {
  readonly mediaType?: string;
  readonly style?: ValueStyle;
  /** Its text is base64 of what is sent. */
  readonly isBinary?: boolean;
}

/** The whole JSON Schema of an operation's arguments: its own, and the definitions that it needs. */
export function argumentSchema(
  { arguments: own }: HttpOperation,
  definitions: HttpOperations["definitions"],
): JsonObject {
  const needed = new Map<string, JsonValue>();
  const queue: JsonValue[] = [own];
  for (let value = queue.pop(); value !== undefined; value = queue.pop()) {
    if (typeof value !== "object" || value === null) continue;
    const name = isJsonObject(value) && typeof value["$ref"] === "string" ? definitionName(value["$ref"]) : undefined;
    if (name !== undefined && !needed.has(name) && Object.hasOwn(definitions, name)) {
      needed.set(name, definitions[name] as JsonValue);
      queue.push(definitions[name] as JsonValue);
    }
    for (const inner of Object.values(value)) queue.push(inner);
  }
  if (needed.size === 0) return own;
  return { ...own, $defs: Object.fromEntries([...needed].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function definitionName(ref: string): string | undefined {
  return ref.startsWith("#/$defs/") ? ref.slice("#/$defs/".length) : undefined;
}
