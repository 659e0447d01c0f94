import type { Effect, OperationSpec, ToolSpec } from "../plan/plan.ts";
import type { Template } from "../plan/template.ts";
import type { FileCollector } from "./compile/file-ref.ts";
import { fieldSchema } from "../plan/output-schema.ts";
import { parseFields } from "./parse-field.ts";
import { checkKeys, type Reader, type ReaderOptions } from "./reader.ts";

/** Kinds of tools. */
export const TOOL_KINDS = ["mcp", "script"] as const;
const LATER: Readonly<Record<string, string>> = {
  openapi: "call the API from a script tool, or through an MCP server, for now",
  http: "call the address from a script tool for now",
  module: "use a script tool, or an MCP server, for now",
};
/** What a repetition would do. */
export const EFFECTS: readonly Effect[] = ["read", "idempotent", "at-most-once"];
const KEYS = ["kind", "command", "args", "env", "file", "operations", "timeout", "description"];
const OPERATION_KEYS = ["description", "parameters", "schema", "effect"];

/** Reads one entry of `tools:` in registry.yaml. */
export function parseToolSpec(
  reader: Reader,
  options: Pick<ReaderOptions, "diagnostics" | "yaml"> & { readonly path: readonly (string | number)[] },
  disk: { readonly files: FileCollector; readFile(path: string): Uint8Array | undefined },
): ToolSpec | undefined {
  checkKeys(reader, { known: KEYS, unknownCode: "config/unknown-key", synonyms: { type: "kind" } });
  const kind = reader.oneOf("kind", TOOL_KINDS, LATER);
  if (!reader.has("kind"))
    reader.complain("kind", {
      code: "config/bad-value",
      message: "a tool needs a kind",
      expected: TOOL_KINDS.join(" | "),
    });
  if (kind === "mcp" && !reader.has("command"))
    reader.complain("kind", { code: "config/bad-value", message: "an MCP server needs a command" });
  const path = reader.text("file");
  const bytes = path === undefined ? undefined : disk.readFile(path);
  if (path !== undefined && bytes === undefined)
    reader.complain("file", { code: "config/no-file", message: `there is no file ${path}` });
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
      });
  }
  const command = reader.text("command");
  const args = reader.names("args");
  const timeoutMs = reader.durationMs("timeout");
  const env = parseEnv(reader);
  if (kind === undefined) return undefined;
  return {
    kind,
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    ...(env === undefined ? {} : { env }),
    ...(path === undefined || bytes === undefined ? {} : { file: disk.files.add(path, bytes) }),
    operations,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

/** Reads one operation: description, parameters (fields) or a whole JSON schema, effect. */
function parseOperation(reader: Reader, options: ReaderOptions): OperationSpec {
  checkKeys(reader, { known: OPERATION_KEYS, unknownCode: "config/unknown-key" });
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
