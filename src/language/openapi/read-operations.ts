import type { HttpOperation } from "../../plan/http-tool.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import type { SchemaConverter } from "./convert-schema.ts";
import { type DocumentFault, type OpenApiDocument, Unusable } from "./document.ts";
import { BODY_ARGUMENT, nameArguments } from "./name-arguments.ts";
import { readBody } from "./read-body.ts";
import { readParameters } from "./read-parameters.ts";
import { readSecurity } from "./read-security.ts";
import { readServer, type ServerChoice } from "./read-servers.ts";
import type { DocumentPath } from "./read-text.ts";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** What the operations of a document are made of. */
export interface OperationSource {
  readonly document: OpenApiDocument;
  readonly converter: SchemaConverter;
  readonly choice: ServerChoice;
  readonly faults: DocumentFault[];
}

/** Every operation of the document by its name. One that cannot be called is told as a fault and left out. */
export function readOperations(source: OperationSource): { readonly [name: string]: HttpOperation } {
  const { document, faults } = source;
  const operations = new Map<string, HttpOperation>();
  const places = new Map<string, string>();
  const { paths } = document.root;
  for (const [path, entry] of Object.entries(isJsonObject(paths) ? paths : {})) {
    if (path.startsWith("x-")) continue;
    const item = attempt(source, ["paths", path], () => document.follow(entry));
    if (!isJsonObject(item)) continue;
    for (const method of METHODS.filter((one) => isJsonObject(item[one]))) {
      const operation = item[method] as JsonObject;
      const at = ["paths", path, method];
      const name = nameOf(operation, method, path);
      const before = places.get(name);
      if (before !== undefined) {
        const message = `${name} is the operation of ${before} and of ${method.toUpperCase()} ${path}`;
        faults.push({ code: "openapi/duplicate-operation", message, path: [...at, "operationId"] });
        continue;
      }
      places.set(name, `${method.toUpperCase()} ${path}`);
      const read = attempt({ ...source, name }, at, () => readOperation(operation, { source, item, method, path }));
      if (read !== undefined) operations.set(name, read);
    }
  }
  return Object.fromEntries(operations);
}

function nameOf({ operationId }: JsonObject, method: string, path: string): string {
  if (typeof operationId === "string" && operationId.trim() !== "") return operationId.trim();
  return `${method}_${path.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "")}`.replace(/_$/, "");
}

function readOperation(
  operation: JsonObject,
  place: {
    readonly source: OperationSource;
    readonly item: JsonObject;
    readonly method: string;
    readonly path: string;
  },
): HttpOperation {
  const { item, method, path } = place;
  const { document, converter, choice } = place.source;
  const parameters = readParameters([item["parameters"], operation["parameters"]], document, converter);
  checkPath(
    path,
    parameters.map(({ sent }) => sent),
  );
  const names = nameArguments(parameters);
  const body = readBody(operation["requestBody"], document, converter);
  const properties = Object.fromEntries(
    parameters.map(({ schema }, index) => [names[index] as string, schema as JsonValue]),
  );
  const required = names.filter((_, index) => parameters[index]?.required);
  const says = [operation["summary"], operation["description"]].find((text) => typeof text === "string" && text !== "");
  return {
    description: typeof says === "string" ? says : `${method.toUpperCase()} ${path}`,
    arguments: {
      type: "object",
      properties: { ...properties, ...(body === undefined ? {} : { [BODY_ARGUMENT]: body.schema }) },
      required: body?.required === true ? [...required, BODY_ARGUMENT] : required,
      additionalProperties: false,
    },
    method: method.toUpperCase(),
    server: readServer([operation["servers"], item["servers"]], document.root["servers"], choice),
    path,
    parameters: parameters.map(({ sent }, index) => ({ ...sent, value: `{${names[index]}}` })),
    ...(body === undefined ? {} : { body: body.body }),
    security: readSecurity([operation["security"], document.root["security"]]),
  };
}

/** Every `{name}` of the path is a parameter, and the other way round. */
function checkPath(path: string, parameters: readonly { readonly name: string; readonly in: string }[]): void {
  const inPath = new Set([...path.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name));
  const declared = new Set(parameters.flatMap((one) => (one.in === "path" ? [one.name] : [])));
  for (const name of inPath)
    if (!declared.has(name as string)) throw new Unusable(`${path} has {${name}}, but no such parameter is declared`);
  for (const name of declared) if (!inPath.has(name)) throw new Unusable(`${path} has no {${name}}, which is declared`);
}

function attempt<T>(
  { faults, name }: { readonly faults: DocumentFault[]; readonly name?: string },
  path: DocumentPath,
  work: () => T,
): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    const { code, message, path: elsewhere } = error;
    if (code !== undefined) {
      if (!faults.some((fault) => fault.code === code)) faults.push({ code, message, path: elsewhere ?? path });
      return undefined;
    }
    const what = name === undefined ? "a path" : `the operation ${name}`;
    faults.push({ code: "openapi/left-out", message: `${what} is left out: ${message}`, path });
    return undefined;
  }
}
