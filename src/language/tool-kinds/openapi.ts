import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import type { Span } from "../../diagnostics/diagnostic.ts";
import type { HttpOperation, HttpOperations } from "../../plan/http-tool.ts";
import { isJsonObject } from "../../plan/json.ts";
import { readOpenApi } from "../openapi/read-openapi.ts";
import type { ServerChoice } from "../openapi/read-servers.ts";
import { type DocumentText, readDocumentText } from "../openapi/read-text.ts";
import { checkKeys, type Reader } from "../reader.ts";
import { nearestName } from "../yaml/nearest-name.ts";
import { leaveOutFixed } from "./leave-out-fixed.ts";
import { finishHttpTool, HTTP_KEYS } from "./http-settings.ts";
import type { ToolKindParser } from "./tool-kind-parser.ts";

const MAX_BYTES = 16 * 1024 * 1024;
/** YAML takes a second for each megabyte or so. */
const MAX_YAML_BYTES = 4 * 1024 * 1024;
const START: Span = { line: 1, column: 1, endLine: 1, endColumn: 2 };

/** An API that an OpenAPI document describes. */
export const openapiParser: ToolKindParser = {
  kind: "openapi",
  keys: ["document", "server", ...HTTP_KEYS],
  operationKeys: ["result"],
  parse(reader, disk) {
    const path = reader.text("document");
    if (path === undefined) {
      if (!reader.has("document"))
        reader.complain("kind", { code: "config/bad-value", message: "an OpenAPI tool needs `document: FILE`" });
      return {};
    }
    const bytes = disk.readFile(path);
    if (bytes === undefined) {
      reader.complain("document", { code: "config/no-file", message: `there is no file ${path}` });
      return {};
    }
    const found = readDocument(reader, path, bytes);
    if (found === undefined) return {};
    const operations = leaveOutFixed(reader, applyDeclared(reader, found.operations));
    return finishHttpTool(reader, disk, { path, found: { ...found, operations } });
  },
};

/** The operations of a document; its faults are complained of at their places in it. */
function readDocument(reader: Reader, path: string, bytes: Uint8Array): HttpOperations | undefined {
  const folder = reader.file.split("/").slice(0, -1).join("/");
  const file = folder === "" ? path : `${folder}/${path}`;
  const refuse = (code: string, message: string, span = START) => {
    reader.diagnostics.push(createDiagnostic({ code, message, file, span }));
    return undefined;
  };
  const isJson = path.toLowerCase().endsWith(".json");
  const most = isJson ? MAX_BYTES : MAX_YAML_BYTES;
  if (bytes.length > most)
    return refuse(
      "openapi/too-large",
      `it has ${bytes.length} bytes; at most ${most} are read of a ${isJson ? "JSON" : "YAML"} document`,
    );
  let document: DocumentText;
  try {
    document = readDocumentText(
      Buffer.from(bytes)
        .toString("utf8")
        .replace(/^\uFEFF/, ""),
    );
  } catch (error) {
    if (error instanceof RangeError) return refuse("openapi/too-deep", "it is nested too deeply");
    return refuse("openapi/unreadable", (error as Error).message, (error as { readonly span?: Span }).span);
  }
  const { found, faults } = readOpenApi(document.value, readChoice(reader));
  for (const { path: at, message, ...rest } of faults)
    reader.diagnostics.push(createDiagnostic({ ...rest, message, file, span: document.spanOf(at) }));
  return found;
}

/** `server: URL`, or `server: {variables: {name: value}}`, or both. */
function readChoice(reader: Reader): ServerChoice {
  const whole = reader.raw("server");
  if (typeof whole === "string") return { url: whole, variables: {} };
  const map = reader.map("server");
  if (map === undefined) return { variables: {} };
  checkKeys(map, { known: ["url", "variables"], unknownCode: "config/unknown-key" });
  const url = map.text("url");
  return { ...(url === undefined ? {} : { url }), variables: map.texts("variables") };
}

/** What the registry says of operations must be said of operations that there are. */
function applyDeclared(reader: Reader, operations: HttpOperations["operations"]): HttpOperations["operations"] {
  const result: Record<string, HttpOperation> = { ...operations };
  const map = isJsonObject(reader.raw("operations")) ? reader.map("operations") : undefined;
  for (const name of Object.keys(map?.object ?? {})) {
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (operation === undefined) {
      const near = nearestName(name, Object.keys(operations));
      const message = `the document has no operation ${name}`;
      const hint = near === undefined ? undefined : `did you mean ${near}?`;
      if (Object.keys(operations).length > 0) map?.complain(name, { code: "config/bad-value", message, hint }, "key");
      continue;
    }
    const own = isJsonObject(map?.raw(name)) ? map?.map(name) : undefined;
    for (const key of ["parameters", "schema"].filter((one) => own?.has(one)))
      own?.complain(key, {
        code: "config/bad-value",
        message: "the document says what the arguments are",
        hint: `leave ${key} out`,
      });
    const shape = own?.oneOf("result", ["body", "full"] as const);
    const description = own?.raw("description");
    result[name] = {
      ...operation,
      ...(shape === undefined ? {} : { result: shape }),
      ...(typeof description === "string" ? { description } : {}),
    };
  }
  return result;
}
