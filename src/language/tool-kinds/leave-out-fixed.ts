import type { HttpOperation, HttpOperations, HttpParameter } from "../../plan/http-tool.ts";
import { isJsonObject, type JsonObject } from "../../plan/json.ts";
import type { Reader } from "../reader.ts";

/** Operations without the parameters that the tool itself fills with every call: nobody else has a say in these. */
export function leaveOutFixed(
  reader: Reader,
  operations: HttpOperations["operations"],
): { readonly [name: string]: HttpOperation } {
  const namesOf = (key: string) => {
    const map = reader.raw(key);
    return isJsonObject(map) ? Object.keys(map) : [];
  };
  const key = reader.raw("idempotency-header");
  const headers = [...namesOf("headers"), ...(typeof key === "string" ? [key] : [])];
  const fixed = new Set([
    ...headers.map((name) => `header ${name.toLowerCase()}`),
    ...namesOf("query").map((name) => `query ${name}`),
  ]);
  const isFixed = ({ in: place, name }: HttpParameter) =>
    fixed.has(`${place} ${place === "header" ? name.toLowerCase() : name}`);
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => {
      const gone = operation.parameters.filter(isFixed).map(({ value }) => (value as string).slice(1, -1));
      if (gone.length === 0) return [name, operation];
      const parameters = operation.parameters.filter((parameter) => !isFixed(parameter));
      return [name, { ...operation, parameters, arguments: without(operation.arguments, gone) }];
    }),
  );
}

function without(schema: JsonObject, names: readonly string[]): JsonObject {
  const properties = Object.entries(schema["properties"] as JsonObject).filter(([name]) => !names.includes(name));
  const required = (schema["required"] as readonly string[]).filter((name) => !names.includes(name));
  return { ...schema, properties: Object.fromEntries(properties), required };
}
