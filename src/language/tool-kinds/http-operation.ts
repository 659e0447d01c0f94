import type { HttpBody, HttpOperation, HttpParameter } from "../../plan/http-tool.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { fieldSchema } from "../../plan/output-schema.ts";
import { formOf } from "../openapi/read-body.ts";
import { parseFields } from "../parse-field.ts";
import type { Reader } from "../reader.ts";
import { nearestName } from "../yaml/nearest-name.ts";

const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] as const;
/** Arguments that stand nowhere else become fields of a JSON body. */
const WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);
const ARGUMENT = /\{([A-Za-z_][\w.-]*)\}/g;

/** One operation as the registry describes it, without what belongs to the whole tool. */
export function parseHttpOperation(reader: Reader): Omit<HttpOperation, "server" | "security"> {
  const { schema: parameters, defaults } = readParameters(reader);
  const description = reader.raw("description");
  const method = reader.oneOf("method", METHODS) ?? "GET";
  const path = reader.text("path") ?? "";
  if (path !== "" && !path.startsWith("/"))
    reader.complain("path", {
      code: "config/bad-value",
      message: `${path} does not begin with a slash`,
      expected: "/path",
    });
  const properties = isJsonObject(parameters["properties"]) ? parameters["properties"] : {};
  const names = Object.keys(properties);
  const used = new Set<string>();
  const use = (key: string, value: JsonValue) => {
    for (const name of namesIn(value)) {
      used.add(name);
      if (names.includes(name)) continue;
      const near = nearestName(name, names);
      const hint = near === undefined ? `declare it: \`parameters: { ${name}: string }\`` : `did you mean {${near}}?`;
      reader.complain(key, { code: "config/bad-value", message: `{${name}} is no parameter of the operation`, hint });
    }
    return value;
  };
  const fixed = readFixed(reader, use);
  use("path", path);
  const inPath = namesIn(path).map((name): HttpParameter => ({
    name,
    in: "path",
    style: "simple",
    explode: false,
    value: `{${name}}`,
  }));
  const body = reader.raw("body");
  if (body !== undefined) use("body", body);
  const left = names.filter((name) => !used.has(name));
  const takesBody = WITH_BODY.has(method) || body !== undefined;
  if (body !== undefined && left.length > 0 && WITH_BODY.has(method)) {
    const message = `the parameter ${left.join(", ")} is used nowhere`;
    reader.complain("body", {
      code: "config/bad-value",
      message,
      hint: `write {${left[0]}} in path, query, headers or body`,
    });
  }
  const inQuery = WITH_BODY.has(method) ? [] : left.map((name) => queryParameter(name, `{${name}}`));
  const result = reader.oneOf("result", ["body", "full"] as const);
  return {
    description: typeof description === "string" ? description : `${method} ${path}`,
    arguments: parameters,
    method,
    path,
    parameters: [...inPath, ...fixed, ...inQuery],
    ...(takesBody ? readBody(reader, body ?? fieldsOf(left)) : {}),
    ...(defaults === undefined ? {} : { defaults }),
    ...(result === undefined ? {} : { result }),
  };
}

function readFixed(reader: Reader, use: (key: string, value: JsonValue) => JsonValue): readonly HttpParameter[] {
  const query = Object.entries(reader.map("query")?.object ?? {}).map(([name, value]) =>
    queryParameter(name, use("query", value)),
  );
  const headers = Object.entries(reader.map("headers")?.object ?? {}).map(([name, value]): HttpParameter => {
    if (typeof value === "string" && value.includes("${{")) {
      const message = `${name} cannot hold a secret here`;
      reader.complain("headers", {
        code: "config/bad-value",
        message,
        hint: "secrets stand in `headers` or `auth` of the tool",
      });
    }
    return { name, in: "header", style: "simple", explode: false, value: use("headers", value) };
  });
  return [...query, ...headers];
}

function queryParameter(name: string, value: JsonValue): HttpParameter {
  return { name, in: "query", style: "form", explode: true, value };
}

function readBody(reader: Reader, value: JsonValue): { readonly body?: HttpBody } {
  const mediaType =
    reader.text("content-type") ??
    (typeof value === "string" && !isArgument(value) ? "text/plain" : "application/json");
  // A POST without arguments has no body at all, rather than an empty object that nobody wrote.
  if (isJsonObject(value) && Object.keys(value).length === 0 && !reader.has("body")) return {};
  return { body: { mediaType, form: formOf(mediaType), value } };
}

function fieldsOf(names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, `{${name}}`]));
}

function isArgument(text: string): boolean {
  return /^\{[A-Za-z_][\w.-]*\}$/.test(text);
}

function namesIn(value: JsonValue): readonly string[] {
  if (typeof value === "string") return [...value.matchAll(ARGUMENT)].map(([, name]) => name as string);
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap((inner) => namesIn(inner));
}

/** Arguments as JSON Schema, and their defaults; what is wrong with the fields is told where all kinds of tools read them. */
function readParameters(reader: Reader): { readonly schema: JsonObject; readonly defaults: JsonObject | undefined } {
  const declared = reader.raw("parameters");
  const properties = parseFields(isJsonObject(declared) ? declared : {}, {
    file: reader.file,
    yaml: { spanOf: reader.spanOf },
    badValue: "field/bad",
    diagnostics: [],
    required: true,
  });
  const own = reader.raw("schema");
  const given = Object.entries(properties).flatMap(([name, { default: value }]) =>
    value == null ? [] : [[name, value]],
  );
  return {
    schema: isJsonObject(own) ? own : fieldSchema({ type: "object", required: true, properties }),
    defaults: given.length === 0 ? undefined : Object.fromEntries(given),
  };
}
