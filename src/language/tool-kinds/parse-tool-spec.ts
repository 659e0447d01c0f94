import type { Effect, OperationSpec, ToolSpec } from "../../plan/plan.ts";
import type { Template } from "../../plan/template.ts";
import { fieldSchema } from "../../plan/output-schema.ts";
import { parseFields } from "../parse-field.ts";
import type { ProjectFiles } from "./tool-kind-parser.ts";
import { LATER, TOOL_KINDS, toolKindParsers } from "./tool-kind-parsers.ts";
import { checkKeys, type Reader, type ReaderOptions } from "../reader.ts";

/** What a repetition would do. */
export const EFFECTS: readonly Effect[] = ["read", "idempotent", "at-most-once"];
const KEYS = ["kind", "env", "operations", "timeout", "description"];
const OPERATION_KEYS = ["description", "parameters", "schema", "effect"];

/** Reads one entry of `tools:` in registry.yaml. */
export function parseToolSpec(
  reader: Reader,
  options: Pick<ReaderOptions, "diagnostics" | "yaml"> & { readonly path: readonly (string | number)[] },
  disk: ProjectFiles,
): ToolSpec | undefined {
  const kind = reader.oneOf("kind", TOOL_KINDS, LATER);
  const parser = toolKindParsers.find((one) => one.kind === kind);
  checkKeys(reader, {
    known: [...KEYS, ...(parser ?? { keys: toolKindParsers.flatMap(({ keys }) => keys) }).keys],
    unknownCode: "config/unknown-key",
    synonyms: { type: "kind" },
  });
  if (!reader.has("kind"))
    reader.complain("kind", {
      code: "config/bad-value",
      message: "a tool needs a kind",
      expected: TOOL_KINDS.join(" | "),
    });
  const operations: Record<string, OperationSpec> = {};
  const declared = reader.map("operations");
  for (const name of Object.keys(declared?.object ?? {})) {
    const operation = declared?.map(name);
    if (operation !== undefined)
      operations[name] = parseOperation(operation, {
        ...options,
        file: reader.file,
        badValue: "config/bad-value",
        path: [...options.path, "operations", name],
        more: parser?.operationKeys ?? [],
      });
  }
  const own = parser?.parse(reader, disk);
  for (const [name, known] of Object.entries(own?.operations ?? {}))
    operations[name] = { ...known, ...operations[name] };
  const timeoutMs = reader.durationMs("timeout");
  const env = parseEnv(reader);
  if (kind === undefined) return undefined;
  return {
    kind,
    ...own,
    ...(env === undefined ? {} : { env }),
    operations,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

/** Reads one operation: description, parameters (fields) or a whole JSON schema, effect. */
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
  return {
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(effect === undefined ? {} : { effect }),
  };
}

/** `NAME: text` or `NAME: ${{ secrets.X }}`. */
function parseEnv(reader: Reader): { readonly [name: string]: Template } | undefined {
  const map = reader.map("env");
  if (map === undefined) return undefined;
  const entries = Object.entries(map.object).map(([name, value]): [string, Template] => {
    const secret = typeof value === "string" ? /^\$\{\{\s*secrets\.(\w+)\s*\}\}$/.exec(value)?.[1] : undefined;
    if (secret !== undefined) return [name, { $secret: secret }];
    if (typeof value !== "object") return [name, String(value)];
    map.complain(name, { code: "config/bad-value", message: `${name} must be text` });
    return [name, ""];
  });
  return Object.fromEntries(entries);
}
