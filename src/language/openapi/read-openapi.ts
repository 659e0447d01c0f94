// OpenAPI documents of 3.0 and 3.1 into operations that can be called. Reads text, never a file or an address. Start here.
import type { HttpOperations } from "../../plan/http-tool.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { nearestName } from "../yaml/nearest-name.ts";
import { checkReferences } from "./check-references.ts";
import { createSchemaConverter } from "./convert-schema.ts";
import { type DocumentFault, openDocument, type OpenApiDocument, Unusable } from "./document.ts";
import { readOperations } from "./read-operations.ts";
import { readSchemes } from "./read-security.ts";
import type { ServerChoice } from "./read-servers.ts";

const NONE: HttpOperations = { schemes: {}, definitions: {}, operations: {} };

/** The operations of a document, and all that is wrong with it. */
export function readOpenApi(
  root: JsonValue,
  choice: ServerChoice,
): { readonly found: HttpOperations; readonly faults: readonly DocumentFault[] } {
  const fail = (...faults: readonly DocumentFault[]) => ({ found: NONE, faults });
  if (!isJsonObject(root))
    return fail({ code: "openapi/unreadable", message: "it is no map of keys and values", path: [] });
  const { openapi, swagger } = root;
  const minor = /^3\.([01])(\.|$)/.exec(typeof openapi === "string" ? openapi : "")?.[1];
  if (minor === undefined) {
    const path = swagger === undefined ? ["openapi"] : ["swagger"];
    const version = swagger ?? openapi;
    const says = version === undefined ? "it does not say `openapi: 3.…`" : `its version is ${JSON.stringify(version)}`;
    return fail({ code: "openapi/version", message: says, path });
  }
  const document = openDocument(root, Number(minor));
  const broken = checkReferences(document);
  if (broken.length > 0) return fail(...broken);
  const faults: DocumentFault[] = [...checkChoice(document, choice)];
  const converter = createSchemaConverter(document);
  try {
    const operations = readOperations({ document, converter, choice, faults });
    if (Object.keys(operations).length === 0 && !faults.some(({ code }) => code === "openapi/no-server"))
      faults.push({
        code: "openapi/no-operations",
        message: "it has no operation that can be called",
        path: ["paths"],
      });
    return { found: { schemes: readSchemes(document), definitions: converter.definitions(), operations }, faults };
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    return fail(...faults, { code: "openapi/broken-ref", message: error.message, path: error.path ?? [] });
  }
}

/** Variables that no server of the document has. */
function checkChoice({ root }: OpenApiDocument, { variables }: ServerChoice): readonly DocumentFault[] {
  const known = Object.keys(variables).length === 0 ? [] : variablesOf(root);
  return Object.keys(variables)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearestName(name, known);
      return {
        code: "openapi/no-variable",
        message: `no server of the document has a variable ${name}`,
        path: ["servers"],
        ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
      };
    });
}

/** Names of the variables of all servers: of the document, its paths and its operations. */
function variablesOf(root: JsonObject): readonly string[] {
  const items = Object.values(isJsonObject(root["paths"]) ? root["paths"] : {}).filter(isJsonObject);
  const places = [root, ...items, ...items.flatMap((item) => Object.values(item).filter(isJsonObject))];
  const servers = places.flatMap(({ servers: list }) => (Array.isArray(list) ? (list as readonly JsonValue[]) : []));
  const names = servers.flatMap((server) =>
    isJsonObject(server) && isJsonObject(server["variables"]) ? Object.keys(server["variables"]) : [],
  );
  return [...new Set(names)];
}
