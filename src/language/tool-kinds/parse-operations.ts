import type { Effect, OperationSpec, ToolSpec } from "../../plan/plan.ts";
import { fieldSchema } from "../../plan/output-schema.ts";
import { parseFields } from "../parse-field.ts";
import { checkKeys, type Reader, type ReaderOptions } from "../reader.ts";
import { parseCallLimits } from "./parse-call-limits.ts";

/** What a repetition would do. */
export const EFFECTS: readonly Effect[] = ["read", "idempotent", "at-most-once"];
const OPERATION_KEYS = [
  "description",
  "parameters",
  "schema",
  "effect",
  "timeout",
  "cost",
  "concurrency",
  "rate",
] as const;

/** Where a tool is declared. */
export type ToolPlace = Pick<ReaderOptions, "diagnostics" | "yaml"> & { readonly path: readonly (string | number)[] };

/** `operations:` of a tool. */
export function parseOperations(
  reader: Reader,
  place: ToolPlace,
  more: readonly string[] = [],
): ToolSpec["operations"] {
  const operations: Record<string, OperationSpec> = {};
  const declared = reader.map("operations");
  for (const name of Object.keys(declared?.object ?? {})) {
    const operation = declared?.map(name);
    if (operation === undefined) continue;
    operations[name] = parseOperation(operation, {
      ...place,
      file: reader.file,
      badValue: "config/bad-value",
      path: [...place.path, "operations", name],
      more,
    });
  }
  return operations;
}

/** What the second says of an operation counts before what the first says. */
export function mergeOperations(first: ToolSpec["operations"], second: ToolSpec["operations"]): ToolSpec["operations"] {
  const names = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return Object.fromEntries(names.map((name) => [name, { ...first[name], ...second[name] }]));
}

/** Reads one operation: description, parameters (fields) or a whole JSON schema, effect, what a call may take. */
function parseOperation(reader: Reader, options: ReaderOptions & { readonly more: readonly string[] }): OperationSpec {
  checkKeys(reader, { known: [...OPERATION_KEYS, ...options.more], unknownCode: "config/unknown-key" });
  const description = reader.text("description");
  const effect = reader.oneOf("effect", EFFECTS);
  const fields = reader.map("parameters");
  const schema = reader.map("schema")?.object;
  const path = [...(options.path ?? []), "parameters"];
  const parameters =
    schema ??
    (fields === undefined
      ? undefined
      : fieldSchema({
          type: "object",
          required: true,
          properties: parseFields(fields.object, { ...options, badValue: "field/bad", required: true, path }),
        }));
  const timeoutMs = reader.attemptMs("timeout");
  const usd = parseCost(reader);
  const limits = parseCallLimits(reader);
  return {
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(effect === undefined ? {} : { effect }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(usd === undefined ? {} : { usd }),
    ...(limits === undefined ? {} : { limits }),
  };
}

/** `cost: { usd: 0.002 }`, of one call. */
function parseCost(reader: Reader): number | undefined {
  const cost = reader.map("cost");
  if (cost === undefined) return undefined;
  checkKeys(cost, { known: ["usd"], unknownCode: "config/unknown-key" });
  const usd = cost.raw("usd");
  if (typeof usd === "number" && usd >= 0) return usd;
  reader.complain("cost", {
    code: "config/bad-value",
    message: "`cost` says what one call costs",
    expected: "cost: { usd: 0.002 }",
  });
  return undefined;
}
